import { AssayError } from '../../src/model/error.ts'
import type { Env } from '../../src/provider/keys.ts'

/** Where people keep the folder: the last is what the vendor's own SDK reads. */
const VARIABLES = ['YANDEX_FOLDER_ID', 'YANDEX_CLOUD_FOLDER', 'YC_FOLDER_ID']

/** The folder of the cloud, of the options or else of the environment. */
export function findFolder(
  { folder }: { readonly folder?: string | undefined },
  env: Env,
): string | undefined {
  return [folder, ...VARIABLES.map((name) => env[name]?.trim())].find(Boolean)
}

/**
 * The URI of a model: `name` or `name/version`, within the folder, or a whole URI as it is.
 *
 * @throws AssayError where the folder is not known
 * @see https://yandex.cloud/en/docs/ai-studio/concepts/generation/models
 */
export function modelURI(scheme: 'gpt' | 'emb', id: string, folder: string | undefined): string {
  if (/^\w+:\/\//.test(id)) return id
  if (folder) return `${scheme}://${folder}/${id.includes('/') ? id : `${id}/latest`}`
  throw new AssayError(
    `yandexgpt: there is no folder to ask for ${id} in: set YANDEX_FOLDER_ID, or give \`folder\`.`,
    { kind: 'config', provider: 'yandexgpt' },
  )
}
