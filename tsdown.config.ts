import { defineConfig, type UserConfig } from 'tsdown'

const config: UserConfig = defineConfig({
  entry: {
    index: 'src/index.ts',
    config: 'src/config.ts',
    testing: 'src/testing.ts',
    cli: 'src/cli/index.ts',
    supervisor: 'src/server/supervisor/supervisor.ts',
    'worker-setup': 'src/evaluation/worker-setup.ts',
    'levenshtein-worker': 'src/scorer/levenshtein-worker.ts',
  },
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
  dts: true,
  publint: true,
  attw: { profile: 'esm-only', level: 'error' },
  deps: { onlyBundle: false },
})

export default config
