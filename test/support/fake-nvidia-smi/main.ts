// A fake `nvidia-smi`, which knows the query of the memory alone.
import { usedMemory, uuidOf } from '../fake-vllm/gpu.ts'

/** The GPUs of a machine that has none. */
export interface FakeGpus {
  /** Folder that stands for their memory. */
  readonly gpuDir: string
  /** GiB of each. */
  readonly total: number
  /** How many. */
  readonly gpus: number
}

const MIB_IN_GIB = 1024

const { gpuDir, total, gpus } = JSON.parse(process.env['FAKE_GPUS']!) as FakeGpus
const query = valueOf('--query-gpu')
const format = valueOf('--format')?.split(',')
if (query === undefined || !format?.includes('csv')) {
  console.error('The fake nvidia-smi answers --query-gpu=… --format=csv alone.')
  process.exit(1)
}
const fields = query.split(',').map((field) => field.trim())
if (!format.includes('noheader')) console.log(fields.map(header).join(', '))
for (let gpu = 0; gpu < gpus; gpu += 1) console.log(line(gpu))

function line(gpu: number): string {
  const used = Math.round(usedMemory(gpuDir, gpu) * MIB_IN_GIB)
  const values: Readonly<Record<string, string | number>> = {
    index: String(gpu),
    uuid: uuidOf(gpu),
    name: 'Fake GPU',
    'memory.total': total * MIB_IN_GIB,
    'memory.used': used,
    'memory.free': total * MIB_IN_GIB - used,
  }
  return fields.map((field) => shown(field, values[field])).join(', ')
}

function shown(field: string, value: string | number | undefined): string {
  if (value === undefined) {
    console.log(`Field "${field}" is not a valid field to query.`)
    process.exit(2)
  }
  return `${value}${typeof value === 'number' ? unit(' MiB') : ''}`
}

function header(field: string): string {
  return field.startsWith('memory.') ? field + unit(' [MiB]') : field
}

function unit(text: string): string {
  return format!.includes('nounits') ? '' : text
}

function valueOf(name: string): string | undefined {
  const args = process.argv.slice(2)
  return args.find((arg) => arg.startsWith(`${name}=`))?.slice(name.length + 1)
}
