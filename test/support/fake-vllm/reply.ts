import type { ServerResponse } from 'node:http'

export function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** An error as vLLM's OpenAI-compatible paths word it. */
export function errorBody(
  code: number,
  type: string,
  message: string,
  param: string | null = null,
): object {
  return { error: { message, type, param, code } }
}
