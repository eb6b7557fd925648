import { currentCall } from '../model/call.ts'
import type { Middleware } from './pipe.ts'

/**
 * Names a stream of lines what it is. Gateways of gRPC call it plain JSON, as they call a whole response, so that
 * only who has asked for a stream can know.
 */
export const jsonLines: Middleware = (next) => async (url, init) => {
  const response = await next(url, init)
  const { body, ok, status, statusText } = response
  const isJson = /^application\/json\b/i.test(response.headers.get('content-type') ?? '')
  if (!ok || !isJson || !currentCall.getStore()?.streaming) return response
  const headers = new Headers(response.headers)
  headers.set('content-type', 'application/x-ndjson')
  return new Response(body, { status, statusText, headers })
}
