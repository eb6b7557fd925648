import type { ErrorKind } from '../src/model/error.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { openaiCompatible, type OpenAICompatibleOptions } from './openai-compatible.ts'

/** Options of a set-up. */
export interface OpenAIOptions extends OpenAICompatibleOptions {
  /** The organization that pays. @default OPENAI_ORG_ID of the environment */
  readonly organization?: string | undefined
  /** The project that pays. @default OPENAI_PROJECT_ID of the environment */
  readonly project?: string | undefined
}

const errorKinds = new Map<string, ErrorKind>([
  ['invalid_prompt', 'content_filter'], // a prompt that was flagged, not one that is malformed
])

declare module 'vitest-assay' {
  interface ProviderOptions {
    openai: OpenAIOptions
  }
}

/** OpenAI's models: `openai/gpt-5-mini`. */
const provider: ModelProvider = openaiCompatible({
  name: 'openai',
  baseURL: 'https://api.openai.com/v1',
  domains: ['openai.com'],
  headerOptions: { organization: 'openai-organization', project: 'openai-project' },
  defaults: ({ OPENAI_ORG_ID: organization, OPENAI_PROJECT_ID: project }) => ({
    maxTokensField: 'max_completion_tokens', // max_tokens is refused by models that reason
    headers: {
      ...(organization && { 'openai-organization': organization.trim() }),
      ...(project && { 'openai-project': project.trim() }),
    },
  }),
  errorKinds,
})

export default provider
