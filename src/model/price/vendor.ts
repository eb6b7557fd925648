/** A server whose prices are published, by its id in the price data. */
interface Vendor {
  readonly id: string
  /** What its provider is called here. */
  readonly names: readonly string[]
  readonly hosts: readonly string[]
}

export const vendors: readonly Vendor[] = [
  { id: 'anthropic', names: ['anthropic'], hosts: ['api.anthropic.com'] },
  {
    id: 'azure',
    names: ['azure'],
    hosts: ['*.openai.azure.com', '*.services.ai.azure.com', '*.cognitiveservices.azure.com'],
  },
  { id: 'cerebras', names: ['cerebras'], hosts: ['api.cerebras.ai'] },
  { id: 'cohere', names: ['cohere'], hosts: ['api.cohere.com', 'api.cohere.ai'] },
  { id: 'deepseek', names: ['deepseek'], hosts: ['api.deepseek.com'] },
  { id: 'fireworks', names: ['fireworks'], hosts: ['api.fireworks.ai'] },
  {
    id: 'google',
    names: ['google', 'gemini'],
    // the hosts of one region are not here: some models cost more there
    hosts: ['generativelanguage.googleapis.com', 'aiplatform.googleapis.com'],
  },
  { id: 'groq', names: ['groq'], hosts: ['api.groq.com'] },
  { id: 'mistral', names: ['mistral'], hosts: ['api.mistral.ai'] },
  { id: 'moonshotai', names: ['moonshotai', 'moonshot'], hosts: ['api.moonshot.ai'] },
  { id: 'novita', names: ['novita'], hosts: ['api.novita.ai'] },
  { id: 'openai', names: ['openai'], hosts: ['api.openai.com'] },
  { id: 'openrouter', names: ['openrouter'], hosts: ['openrouter.ai'] },
  { id: 'perplexity', names: ['perplexity'], hosts: ['api.perplexity.ai'] },
  { id: 'together', names: ['together', 'togetherai'], hosts: ['api.together.xyz'] },
  { id: 'x-ai', names: ['xai', 'x-ai'], hosts: ['api.x.ai'] },
  { id: 'zai', names: ['zai'], hosts: ['api.z.ai'] },
]

/**
 * Who is paid for a request, by id in the price data. Where it goes is what counts: a provider of any name may
 * point to another server, and a proxy has prices of its own. Without a base URL it is the provider's own.
 */
export function vendorOf(provider: string, baseURL?: string): string | undefined {
  if (baseURL === undefined) return vendors.find(({ names }) => names.includes(provider))?.id
  const host = URL.parse(baseURL)?.hostname
  return host && vendors.find(({ hosts }) => hosts.some((known) => matches(known, host)))?.id
}

function matches(known: string, host: string): boolean {
  return known.startsWith('*') ? host.endsWith(known.slice(1)) : host === known
}
