import { cp, mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)
const home = new URL('.tmp/node_modules/vitest-assay/', root)

/** Puts the build where the projects of the tests find it, as an install would: they never see the sources. */
export default async function installBuild(): Promise<void> {
  await rm(home, { recursive: true, force: true })
  await mkdir(home, { recursive: true })
  for (const part of ['package.json', 'dist']) {
    await cp(fileURLToPath(new URL(part, root)), fileURLToPath(new URL(part, home)), {
      recursive: true,
    })
  }
}
