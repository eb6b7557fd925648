import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** File of an authority that nobody knows. Its certificates and its own were made with openssl, up to 2120. */
export const authorityPath: string = pathOf('authority.pem')

/** The certificate of `127.0.0.1` and `localhost`, which that authority has signed. */
export const certificate: { readonly key: string; readonly cert: string } = {
  key: readFileSync(pathOf('server-key.pem'), 'utf8'),
  cert: readFileSync(pathOf('server.pem'), 'utf8'),
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
