import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { evals } from './src/config.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const config: ViteUserConfig = defineConfig({
  plugins: [
    evals({ include: ['evals/**/*.eval.ts'], model: 'llama-cpp/evals/models/tiny-chat.gguf' }),
  ],
  resolve: {
    // our own evals import the package by its name, as a user's do
    alias: [
      { find: /^vitest-assay$/, replacement: source('src/index.ts') },
      { find: /^vitest-assay\/config$/, replacement: source('src/config.ts') },
      { find: /^vitest-assay\/testing$/, replacement: source('src/testing.ts') },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'test',
          include: ['test/**/*.test.ts'],
          globalSetup: ['test/support/install-build.ts'],
          testTimeout: 60_000, // the slow ones run a whole Vitest
          hookTimeout: 120_000, // of several of these, which tests share
          isolate: false, // a process for each file would take a sixth of the whole time
          unstubEnvs: true,
          env: { NODE_COMPILE_CACHE: source('.tmp/compile-cache') }, // of the programs that tests start
          maxWorkers: 3, // and wait for it, or for servers
        },
      },
    ],
  },
})

export default config
