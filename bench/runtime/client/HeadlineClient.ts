// How our programs of the headline reach their broker: as the environment says, TLS=1, ACKS=0|1|all,
// CODEC=zstd, LEVEL=1.
import * as Layer from "effect/Layer"
import * as fs from "node:fs"
import * as path from "node:path"
import type * as CompressionType from "../../../src/domain/record/CompressionType.ts"
import * as ClientConfig from "../../../src/layers/config/ClientConfig.ts"
import * as NodeTransport from "../../../src/layers/transport/NodeTransport.ts"
import { Cluster } from "../../../src/runtime/client/cluster/Cluster.ts"
import * as Load from "../../versus/HeadlineLoad.ts"

export const isTls = process.env["TLS"] === "1"
export const acks = process.env["ACKS"] === "all" ? "all" : process.env["ACKS"] === "0" ? 0 : 1
export const codec = (process.env["CODEC"] ?? "none") as CompressionType.Name
const given = process.env["LEVEL"]
export const level = given === undefined ? undefined : Number(given)

/** A file of the certificates that the tests have, too. */
export const tlsFile = (name: string): string =>
  path.join(import.meta.dirname, "..", "..", "..", "test", "fixtures", "tls", name)

/** What a broker is told to speak TLS. */
export const TLS_CONFIGS = {
  listeners: "SSL://localhost:0",
  "ssl.keystore.certificate.chain": tlsFile("server.pem"),
  "ssl.keystore.key": tlsFile("server.key")
}

export const layer: Layer.Layer<Cluster> = Cluster.layer.pipe(
  Layer.provide(ClientConfig.layer({
    bootstrapServers: `${isTls ? "localhost" : "127.0.0.1"}:${Load.port}`,
    ...(isTls ? { tls: { ca: fs.readFileSync(tlsFile("ca.pem"), "utf8") } } : {})
  })),
  Layer.provide(NodeTransport.layer)
)
