import type { ErrorKind } from '../model/error.ts'

/** What an HTTP status of 300 or more means where the body says nothing more exact. */
export function kindOfStatus(status: number): ErrorKind {
  if (status >= 500) return 'server'
  return kinds.get(status) ?? (status < 400 ? 'config' : 'invalid_request')
}

/**
 * What an error is by the words for programs that its body holds, and by its status. `own` are the words of
 * this server alone, which go before all others.
 */
export function kindOf(
  words: readonly string[],
  status: number | undefined,
  own?: ReadonlyMap<string, ErrorKind>,
): ErrorKind {
  const decided = firstIn(own, words) ?? firstIn(decisive, words)
  if (decided) return decided
  const said = words
    .flatMap((word) => plain.get(word) ?? [])
    .filter((kind) => status === undefined || outweighs(kind, status))
  // next to another word, that a request is invalid says nothing
  const exact = said.find((kind) => kind !== 'invalid_request') ?? said[0]
  return exact ?? (status === undefined ? 'server' : kindOfStatus(status))
}

/** Whether a plain word says more than the status it came with. What came with 400 is never sent again. */
function outweighs(kind: ErrorKind, status: number): boolean {
  if (kind === 'rate_limit') return status === 400 || status === 403 || status >= 500
  if (kind === 'timeout') return status >= 500
  return status === 400
}

function firstIn(
  meanings: ReadonlyMap<string, ErrorKind> | undefined,
  words: readonly string[],
): ErrorKind | undefined {
  return words.map((word) => meanings?.get(word)).find((kind) => kind !== undefined)
}

const kinds = new Map<number, ErrorKind>([
  [401, 'auth'],
  [402, 'quota'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [408, 'timeout'],
  [409, 'server'], // the server is busy with this very thing: the same request may pass later
  [410, 'not_found'],
  [413, 'context_window'],
  [424, 'server'], // what generates the text failed, behind the server
  [425, 'server'],
  [429, 'rate_limit'],
  [498, 'server'], // Groq: no capacity at the moment
  [499, 'server'], // something between us and the server gave up
])

/** Words that say more than any status. */
const decisive = mapOf({
  quota: [
    'insufficient_quota',
    'quota_exceeded',
    'exceeded_current_quota_error',
    'billing_error',
    'billing_not_active',
    'billing_hard_limit_reached',
    'payment_required',
    'contract_spend_limit_reached',
    'enforced_spend_limit_reached',
    'BILLING_DISABLED',
    'openrouter_credits',
    'openrouter_key_limit',
    'openrouter_guardrail_budget',
    'openrouter_workspace_budget',
    'openrouter_free_tier_daily',
  ],
  rate_limit: ['openrouter_in_flight_budget'], // comes with 402, and passes
  context_window: [
    'context_length_exceeded',
    'exceed_context_size_error',
    'model_max_prompt_tokens_exceeded',
    'tokens_limit_reached',
    'request_too_large',
    'input_tokens', // vLLM's parameter that is wrong
  ],
  content_filter: [
    'content_filter',
    'content_policy_violation',
    'image_content_policy_violation',
    'moderation_blocked',
    'ResponsibleAIPolicyViolation',
    'data_inspection_failed',
    'refusal',
  ],
  forbidden: ['access_terminated'], // comes with 429, and stays
})

/** Words that say more than a status of 400, or than none. What is not here is the server's fault. */
const plain = mapOf({
  rate_limit: [
    'rate_limit_error',
    'rate_limit_exceeded',
    'rate_limited',
    'rate_limit_reached_error',
    'too_many_requests',
    'too_many_requests_error',
    'RateLimitReached',
    'RATE_LIMIT_EXCEEDED',
    'RESOURCE_EXHAUSTED',
  ],
  auth: [
    'authentication_error',
    'authentication',
    'invalid_api_key',
    'invalid_authentication_error',
    'wrong_api_key',
    'AuthenticationError',
    'UNAUTHENTICATED',
    'API_KEY_INVALID',
    'ACCESS_TOKEN_EXPIRED',
  ],
  forbidden: [
    'permission_error',
    'permission_denied',
    'organization_on_hold',
    'organization_restricted',
    'unsupported_country_region_territory',
    'PERMISSION_DENIED',
    'SERVICE_DISABLED',
    'API_KEY_SERVICE_BLOCKED',
  ],
  not_found: [
    'not_found_error',
    'not_found',
    'model_not_found',
    'model_not_available',
    'model_decommissioned',
    'invalid_model',
    'dedicated_endpoint_not_running',
    'DeploymentNotFound',
    'NotFoundError',
    'NOT_FOUND',
  ],
  timeout: ['timeout_error', 'timeout', 'DEADLINE_EXCEEDED'],
  invalid_request: [
    'invalid_request_error',
    'invalid_request',
    'invalid_prompt',
    'unprocessable',
    'validation',
    'BadRequestError',
    'INVALID_ARGUMENT',
    'FAILED_PRECONDITION',
    'OUT_OF_RANGE',
    'UNIMPLEMENTED',
  ],
})

function mapOf(
  words: Partial<Record<ErrorKind, readonly string[]>>,
): ReadonlyMap<string, ErrorKind> {
  const entries = Object.entries(words) as [ErrorKind, readonly string[]][]
  return new Map(entries.flatMap(([kind, list]) => list.map((word) => [word, kind] as const)))
}
