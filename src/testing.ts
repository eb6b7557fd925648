export type {
  BlockedReply,
  ErrorReply,
  ExpectedResponse,
  HttpReply,
  HttpRequest,
  ProviderContract,
  ProviderReplies,
  ResponseReply,
} from './testing/contract.ts'
export { testProvider } from './testing/test-provider.ts'
