/**
 * All Effect metrics of a program, those of this SDK among them, in the text format of Prometheus, version 0.0.4:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 *
 * @since 0.1.0
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as MetricKeyType from "effect/MetricKeyType"
import type * as MetricPair from "effect/MetricPair"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"

/**
 * The content type of the text.
 *
 * @since 0.1.0
 * @category constants
 */
export const contentType = "text/plain; version=0.0.4; charset=utf-8"

interface Sample {
  readonly suffix: string
  readonly labels: ReadonlyArray<readonly [name: string, value: string]>
  readonly value: number | bigint
}

const number = (value: number | bigint): string =>
  value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : String(value)

const nameOf = (name: string): string => name.replace(/[^a-zA-Z0-9_:]/g, "_").replace(/^(?=\d)/, "_")
const labelOf = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d)/, "_")
const help = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")
const quoted = (text: string): string => `"${help(text).replaceAll("\"", "\\\"")}"`

const sample = (value: number | bigint, suffix = "", labels: Sample["labels"] = []): Sample => ({
  suffix,
  labels,
  value
})

const samplesOf = (state: MetricPair.MetricPair.Untyped["metricState"]): ReadonlyArray<Sample> => {
  if (MetricState.isCounterState(state)) return [sample(state.count)]
  if (MetricState.isGaugeState(state)) return [sample(state.value)]
  if (MetricState.isFrequencyState(state)) {
    return Array.from(state.occurrences, ([word, count]) => sample(count, "", [["value", word]]))
  }
  if (MetricState.isHistogramState(state)) {
    // Effect's buckets are cumulative, as Prometheus requires; every histogram has to end with this one
    const buckets = state.buckets.filter(([bound]) => bound < Infinity)
    const all = [...buckets, [Infinity, state.count] as const]
    return [
      ...all.map(([bound, count]) => sample(count, "_bucket", [["le", number(bound)]])),
      sample(state.sum, "_sum"),
      sample(state.count, "_count")
    ]
  }
  if (MetricState.isSummaryState(state)) {
    return [
      ...state.quantiles.map(([quantile, value]) =>
        sample(Option.getOrElse(value, () => Number.NaN), "", [["quantile", number(quantile)]])
      ),
      sample(state.sum, "_sum"),
      sample(state.count, "_count")
    ]
  }
  return []
}

const typeOf = ({ keyType }: MetricPair.MetricPair.Untyped["metricKey"]): string => {
  if (MetricKeyType.isHistogramKey(keyType)) return "histogram"
  if (MetricKeyType.isSummaryKey(keyType)) return "summary"
  if (MetricKeyType.isFrequencyKey(keyType)) return "counter"
  // a counter that may decrease is a gauge in Prometheus
  return MetricKeyType.isCounterKey(keyType) && keyType.incremental ? "counter" : "gauge"
}

/**
 * Metrics as text, such as the result of `Metric.snapshot`. Each name is shown under its first type; a metric of the same
 * name and another type is left out, since the format has one type for each name.
 *
 * @since 0.1.0
 * @category combinators
 */
export const print = (pairs: ReadonlyArray<MetricPair.MetricPair.Untyped>): string => {
  // all samples of a name are together, under one type
  const families = new Map<string, { readonly head: string; readonly type: string; readonly lines: Array<string> }>()
  for (const { metricKey, metricState } of pairs) {
    const name = nameOf(metricKey.name)
    const type = typeOf(metricKey)
    const about = Option.match(metricKey.description, {
      onNone: () => "",
      onSome: (text) => `# HELP ${name} ${help(text)}\n`
    })
    const family = families.get(name) ?? { head: `${about}# TYPE ${name} ${type}`, type, lines: [] }
    families.set(name, family)
    if (family.type !== type) continue
    const tags = metricKey.tags.map(({ key, value }) => [labelOf(key), value] as const)
    for (const { labels, suffix, value } of samplesOf(metricState)) {
      // each label occurs once; tags must not override the labels of the format
      const all = new Map([...tags, ...labels])
      const text = Array.from(all, ([label, value]) => `${label}=${quoted(value)}`).join(",")
      family.lines.push(`${name}${suffix}${text === "" ? "" : `{${text}}`} ${number(value)}`)
    }
  }
  return Array.from(families.values(), ({ head, lines }) => `${head}\n${lines.join("\n")}\n`).join("")
}

/**
 * All metrics of the program now, as text.
 *
 * @since 0.1.0
 * @category combinators
 * @example
 * import * as HttpRouter from "@effect/platform/HttpRouter"
 * import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
 * import * as Prometheus from "effect-bitfinex/Prometheus"
 * import * as Effect from "effect/Effect"
 *
 * const Metrics = HttpRouter.Default.use((router) =>
 *   router.get(
 *     "/metrics",
 *     Effect.map(Prometheus.text, (text) => HttpServerResponse.text(text, { contentType: Prometheus.contentType }))
 *   )
 * )
 */
export const text: Effect.Effect<string> = Effect.map(Metric.snapshot, print)
