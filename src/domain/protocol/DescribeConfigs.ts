// DescribeConfigs: the configs of topics and brokers, with where each value comes from.
// Versions: v1 synonyms and sources; v3 types and documentation; v4 flexible.
import * as Api from "../wire/Api.ts"
import * as Wire from "../wire/Wire.ts"

export const DescribeConfigs = Api.make("DescribeConfigs", {
  key: 32,
  versions: "1-4",
  flexible: "4+",
  request: {
    resources: Wire.ArrayOf(Wire.Struct({
      resourceType: Wire.Int8,
      resourceName: Wire.String,
      configurationKeys: Wire.NullableArrayOf(Wire.String).annotate({
        description: "Which configs; null for all."
      })
    })),
    includeSynonyms: Wire.Boolean,
    includeDocumentation: Wire.Boolean.pipe(Wire.since(3, false))
  },
  response: {
    throttleTimeMs: Wire.Int32,
    results: Wire.ArrayOf(Wire.Struct({
      errorCode: Wire.ErrorCode,
      errorMessage: Wire.NullableString,
      resourceType: Wire.Int8,
      resourceName: Wire.String,
      configs: Wire.ArrayOf(Wire.Struct({
        name: Wire.String,
        value: Wire.NullableString,
        readOnly: Wire.Boolean,
        configSource: Wire.Int8.annotate({
          description: "1 topic, 2 broker, 3 cluster default, 4 file, 5 built in."
        }),
        isSensitive: Wire.Boolean.annotate({ description: "Its value is then never told." }),
        synonyms: Wire.ArrayOf(Wire.Struct({
          name: Wire.String,
          value: Wire.NullableString,
          source: Wire.Int8
        })).annotate({ description: "Every place that sets the value, the winner first." }),
        configType: Wire.Int8.annotate({
          description:
            "1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password."
        }).pipe(Wire.since(3, 0)),
        documentation: Wire.NullableString.pipe(Wire.since(3, ""))
      }))
    }))
  }
})
