import type { ErrorKind } from '../src/model/error.ts'
import type { ModelProvider } from '../src/provider/provider.ts'
import { openaiCompatible } from './openai-compatible.ts'

const errorKinds = new Map<string, ErrorKind>([
  ['invalid_prompt', 'content_filter'], // a prompt that was flagged, not one that is malformed
])

/** OpenAI's models: `openai/gpt-5-mini`. */
const provider: ModelProvider = openaiCompatible({
  name: 'openai',
  baseURL: 'https://api.openai.com/v1',
  domains: ['openai.com'],
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
