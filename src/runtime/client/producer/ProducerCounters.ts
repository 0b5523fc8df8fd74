// What a producer has done, as plain numbers: counted by batch and request, read when somebody looks.

export class ProducerCounters {
  records = 0
  batches = 0
  bytesSent = 0
  requests = 0
  retries = 0
  failedRecords = 0
}
