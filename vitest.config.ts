import { fileURLToPath } from 'node:url'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { evals } from './src/config.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const config: ViteUserConfig = defineConfig({
  plugins: [evals()],
  resolve: {
    // our own evals import the package by its name, as a user's do
    alias: [
      { find: /^vitest-assay$/, replacement: source('src/index.ts') },
      { find: /^vitest-assay\/config$/, replacement: source('src/config.ts') },
    ],
  },
  test: {
    name: 'test',
    include: ['test/**/*.test.ts'],
  },
})

export default config
