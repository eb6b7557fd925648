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
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error
    throw new AssayError(
      `The provider ${provider} needs the package \`${packageName}\`: npm install -D ${packageName}`,
      { kind: 'config', provider, cause: error },
    )
  }
}
