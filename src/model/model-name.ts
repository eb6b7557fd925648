import { AssayError } from './error.ts'
import { quoted } from './may-be-secret.ts'

/** No name leads out of a folder, and none looks like a switch. */
const NAME = /^[A-Za-z0-9][\w.:@/-]*$/

/** Checks the name that somebody gives to a model of their own. @throws AssayError `config`, which begins with the place */
export function requireModelName(name: string, where: string): void {
  if (NAME.test(name) && !name.split('/').includes('..')) return
  throw new AssayError(
    `${where}: the name of a model begins with a letter or a digit, and has letters, digits and _ . : @ / - in it; got ${quoted(name)}.`,
    { kind: 'config' },
  )
}
