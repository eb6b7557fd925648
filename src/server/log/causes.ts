import type { ServerExit } from '../protocol.ts'

/** A cause and what shows it: a line of the log, the way it ended, or both. */
export interface Cause {
  readonly line?: RegExp
  readonly ended?: (exit: ServerExit) => boolean
  /** With `{1}` for what the line's first group found, and `{install}` for how the program is installed. */
  readonly says: string
}

const ON_GPU = 'Take a smaller or more strongly quantised model, a shorter context, or a free GPU.'

export const portTaken: RegExp =
  /couldn't bind HTTP server socket|address already in use|EADDRINUSE|only one usage of each socket address/i

/** The first that fits is taken: what names a file or a number stands before what only names a kind. */
export const causes: readonly Cause[] = [
  // the command line
  {
    line: /error: invalid argument: (\S+)|unrecognized arguments: (.+)|No such option:? (\S+)/,
    says: '{command} does not know `{1}{2}{3}`. Check `args`, or whether its version is too old.',
  },
  {
    line: /handling argument "([^"]+)": (?:error: )?(invalid device: .+)/,
    says: '`{1}`: {2}. It was built without support for it, or the driver is not there.',
  },
  {
    line: /handling argument "([^"]+)": (?:error: )?(.+)|: error: argument ([^:\n]+): (.+)/,
    says: 'the value of `{1}{3}` is wrong: {2}{4}',
  },
  // the port
  {
    line: portTaken,
    says: 'another program took the port in the meantime. Run again, or choose another `port`.',
  },
  {
    line: /AF_UNIX path too long|longer than \d+ characters \(sizeof\(sockaddr_un|sun_path/,
    says: 'the path of a socket is too long for the system. Set TMPDIR to a shorter folder.',
  },
  // the model's files
  {
    line: /failed to open (?:GGUF file |file )?'([^'\n]*)'(?: \(|: )(No such file or directory|Permission denied)/,
    says: 'the file `{1}` cannot be read: {2}.',
  },
  {
    line: /'([^'\n]*)'.*Does this file exist\?/,
    says: 'the file `{1}` cannot be read.',
  },
  {
    line: /not within the file bounds|corrupted or incomplete|incomplete metadata|MetadataIncompleteBuffer|HeaderTooLarge/,
    says: 'the file of the model is incomplete or damaged. Download it again.',
  },
  {
    line: /failed to read magic|invalid magic characters/,
    says: 'the file is no GGUF: it is empty or something else, such as the page of a failed download.',
  },
  {
    line: /unknown model architecture: '([^'\n]+)'/,
    says: 'this version of {command} does not know models of the kind `{1}`. Update it.',
  },
  {
    line: /Model architectures (\[[^\]\n]+\]) (?:are not supported|failed to be inspected)|does not recognize this architecture/,
    says: 'this version of {command} does not know this kind of model {1}. Update it.',
  },
  {
    line: /failed to load lora adapter '([^'\n]*)'/,
    says: '`{1}` is no LoRA adapter for this model, or cannot be read. Check `lora`.',
  },
  // where the model comes from
  {
    line: /gated repo|GatedRepoError|is restricted\b|awaiting a review/i,
    says: 'the model is gated. Accept its terms on its page, and set HF_TOKEN to a token of that account.',
  },
  {
    line: /not a valid model identifier|RepositoryNotFoundError|Repository Not Found/,
    says: 'there is no such folder, and no such public model. Check the name; a private one needs HF_TOKEN.',
  },
  {
    line: /\b(401|403) Client Error|(?:response code|status code|status|HTTP):? (401|403)\b/,
    says: 'the download was refused ({1}{2}). Set HF_TOKEN to a token that may read the model.',
  },
  {
    line: /Could not establish connection|Could not resolve host|Temporary failure in name resolution|Max retries exceeded|LocalEntryNotFoundError|OfflineModeIsEnabled|couldn't connect to '?https/,
    says: 'the model is not on this machine, and it could not be downloaded: there is no connection.',
  },
  {
    line: /No space left on device|os error 28|ENOSPC/,
    says: 'the disk is full.',
  },
  // memory
  {
    line: /Free memory on device (\S+) \(([\d.]+)\/([\d.]+) GiB\)[^\n]*utilization \(([\d.]+)/,
    says:
      'GPU {1} has {2} of {3} GiB free, and the server takes {4} of it all for itself. ' +
      'End what else uses it (nvidia-smi shows it), or let the server take less.',
  },
  {
    line: /max seq len \((\d+)\),\s+\(?([\d.]+ GiB) KV cache is needed[^(]*\(([\d.]+ GiB)/,
    says:
      'a context of {1} tokens needs {2} of GPU memory, and {3} is left. ' +
      'Choose a shorter context, or let the server take more of the memory.',
  },
  {
    line: /No available memory for the cache blocks/,
    says: 'the weights leave no GPU memory for a context. Let the server take more of the memory.',
  },
  {
    line: /CUDA out of memory|OutOfMemoryError|cudaMalloc failed|HIP out of memory|ErrorOutOfDeviceMemory|failed to allocate (?:CUDA|ROCm|Vulkan|Metal)\d* buffer/,
    says: `the GPU has too little free memory. ${ON_GPU}`,
  },
  {
    line: /insufficient memory \(attempted to allocate ([\d.]+ MB)\)/,
    says: 'there is too little memory: it asked for {1} at once. Choose a smaller model or a shorter context.',
  },
  {
    line: /failed to allocate|std::bad_alloc|Cannot allocate memory|MemoryError|failed to create[ _]context with model|insufficient memory/,
    says: 'there is too little memory. Choose a smaller model or a shorter context.',
  },
  // the machine
  {
    line: /Failed to infer device type|No CUDA GPUs are available|Found no NVIDIA driver|no CUDA-capable device|CUDA driver version is insufficient|libcuda\.so|failed to initialize CUDA/,
    says: 'it finds no GPU that it can use. `nvidia-smi` says whether the driver works.',
  },
  {
    line: /error while loading shared libraries: ([^\s:]+)/,
    says: 'the library {1} is missing, so {command} is not installed as a whole. {install}',
  },
  {
    line: /No module named '?(?:vllm|sglang)\b/,
    says: 'it is not installed for this Python. {install}',
  },
  {
    ended: ({ exitCode }) => exitCode === 127,
    says: '{command}, or a program that it calls, is not there. {install}',
  },
  {
    ended: ({ signal, exitCode }) => signal === 'SIGILL' || exitCode === 132,
    says: '{command} was built for another processor. {install}',
  },
  // what says little
  {
    line: /EngineDeadError|EngineCore.*died unexpectedly|Engine core initialization failed/,
    says: 'its engine ended; the first error in the log says why.',
  },
  {
    line: /failed to load model|error loading model/,
    says: 'the model cannot be loaded; the log says why.',
  },
  {
    ended: ({ signal, exitCode }) => signal === 'SIGKILL' || exitCode === 137,
    says:
      'probably the system ended it because memory ran out (dmesg would say so). ' +
      'Choose a smaller model, a shorter context, or run fewer servers at once.',
  },
]
