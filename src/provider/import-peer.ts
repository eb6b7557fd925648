import { AssayError } from '../model/error.ts'

/**
 * Imports a package that only some users need, when it is first needed.
 *
 * @throws AssayError with the command that installs it, when it is not there
 */
export async function importPeer<Module>(
  packageName: string,
  provider: string,
  load: () => Promise<Module>,
): Promise<Module> {
  try {
    return await load()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${packageName}'`)
    if (!isMissing) throw error // the package is there, and what it needs is not
    throw new AssayError(
      `The provider ${provider} needs the package \`${packageName}\`: npm install -D ${packageName}`,
      { kind: 'config', provider, cause: error },
    )
  }
}
