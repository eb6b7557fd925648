/** A project with a provider of another package and one of its own. */
export const pluginFiles: Readonly<Record<string, string>> = {
  'vitest.config.ts': `
import { defineConfig } from 'vitest/config'
import { evals } from 'vitest-assay/config'
export default defineConfig({ plugins: [evals({ providers: ['./own-provider.ts'] })] })
`,
  'own-provider.ts': `
import { createModel, defineProvider } from 'vitest-assay'

enum Word {
  Own = 'ACME',
}

export default defineProvider({
  name: 'own-lab',
  setup: (name) =>
    createModel({
      provider: 'own-lab',
      name,
      generate: async () => ({ text: Word.Own as string, costUsd: 0 }),
    }),
})
`,
  'plugin.eval.ts': `
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type {} from 'acme-provider/provider'
import { foreach } from 'vitest-assay'

const server = createServer((_request, response) => response.end(JSON.stringify({ text: 'ACME' })))
await once(server.listen(0, '127.0.0.1').unref(), 'listening')
const { port } = server.address() as AddressInfo
const baseURL = \`http://127.0.0.1:\${port}\`

foreach([1, 2], { models: [{ spec: 'acme/small', options: { baseURL, shout: true } }, 'own-lab/small'] })(
  'asks models of other providers',
  async (_row, { model }) => (await model.generate('x')).text === 'ACME',
).expect({ score: { mean: { atLeast: 1 } } })
`,
  'wrong-option.ts': `
import type {} from 'acme-provider/provider'
import { createProviders, foreach } from 'vitest-assay'
foreach([1], { models: [{ spec: 'acme/small', options: { shuot: true } }] })('x', () => 1)
void createProviders().setup('acme/small', { loud: true })
`,
  'tsconfig.json': JSON.stringify({
    compilerOptions: {
      target: 'es2022',
      module: 'nodenext',
      strict: true,
      skipLibCheck: false,
      noEmit: true,
      types: ['node'],
    },
    include: ['*.ts'],
    exclude: ['wrong-*.ts'],
  }),
}
