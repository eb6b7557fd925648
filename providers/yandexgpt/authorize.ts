import type { Secret } from '../../src/model/secret.ts'

/**
 * Puts a key into the headers: an API key, or a token of IAM, which begins with `t1.`. A key belongs to one folder;
 * a token may be for several, so that the folder goes with it.
 *
 * @see https://yandex.cloud/en/docs/ai-studio/api-ref/authentication
 */
export function authorizeIn(folder: string | undefined): (headers: Headers, key: Secret) => void {
  return (headers, key) => {
    const isToken = key.reveal().startsWith('t1.')
    headers.set('authorization', `${isToken ? 'Bearer' : 'Api-Key'} ${key.reveal()}`)
    if (isToken && folder) headers.set('x-folder-id', folder)
  }
}
