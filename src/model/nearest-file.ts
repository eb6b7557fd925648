import { readdirSync } from 'node:fs'
import { basename, dirname, parse } from 'node:path'
import { meantBy } from './nearest.ts'

/** A question that names the file beside a missing one which was probably meant, written as that was; else nothing. */
export function askForNearest(path: string, written: string = path): string {
  const name = basename(path)
  const names = namesIn(dirname(path)).filter((one) => one !== name)
  const meant = names.find((one) => parse(one).name === name) ?? meantBy(name, names)
  if (meant === undefined) return ''
  return ` Did you mean "${written.slice(0, written.length - basename(written).length)}${meant}"?`
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return [] // there is no such folder either
  }
}
