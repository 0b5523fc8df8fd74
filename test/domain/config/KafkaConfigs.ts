// What Apache Kafka 4.3.1 answers to DescribeConfigs: name, type and default of each setting of a topic
// and of a broker, sorted by name. "?" stands where the captured broker had been told a value and
// named no default. To capture again: DescribeConfigs v4 with synonyms, to the Kafka of test/oracle.
import * as fs from "node:fs"
import * as path from "node:path"

export type Row = readonly [name: string, type: string, defaultValue: string | null]

const read = (file: string): ReadonlyArray<Row> =>
  JSON.parse(fs.readFileSync(path.join(import.meta.dirname, file), "utf8")) as ReadonlyArray<Row>

export const ofTopic = read("kafka-topic-configs.json")
export const ofBroker = read("kafka-broker-configs.json")
