/**
 * What synchronous code asks of the fiber that runs it, and how it forks and interrupts one: the only file that knows
 * fiber refs, fiber ids and runtime flags.
 *
 * @internal
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as FiberRefs from "effect/FiberRefs"
import type * as FiberStatus from "effect/FiberStatus"
import * as MetricLabel from "effect/MetricLabel"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as Tracer from "effect/Tracer"

/** A fiber with any result. */
export type AnyFiber = Fiber.RuntimeFiber<unknown, unknown>

/** A fiber while it runs, with its clock: to look that up takes longer than to read it. */
export interface Caller {
  readonly fiber: AnyFiber
  readonly status: FiberStatus.Running
  readonly clock: Clock.Clock
}

/** The labels that a fiber puts on its metrics. */
export type Labels = ReadonlyArray<MetricLabel.MetricLabel>

/** One label of a metric. */
export const label: (key: string, value: string) => MetricLabel.MetricLabel = MetricLabel.make

/** For counts of the whole process: the labels of one fiber would say nothing about them. */
export const noLabels: Labels = []

/** An Effect made with the fiber that runs it; `status` is for `fork`. */
export const withFiber: <A, E = never, R = never>(
  make: (fiber: Fiber.RuntimeFiber<A, E>, status: FiberStatus.Running) => Effect.Effect<A, E, R>
) => Effect.Effect<A, E, R> = Effect.withFiberRuntime

export const labelsOf = (fiber: AnyFiber): Labels => fiber.getFiberRef(FiberRef.currentMetricLabels)

/**
 * Updates a metric under labels. `Metric.tagged` would join the labels, and look for the metric under them, at each
 * update; here that is done when the labels of the fiber change.
 */
export const under = (
  metric: { readonly unsafeUpdate: (value: number, labels: Labels) => void },
  ...own: Labels
) => {
  let seen: Labels = []
  let all: Labels = own
  return (value: number, labels: Labels): void => {
    if (labels !== seen) {
      seen = labels
      all = labels.length === 0 ? own : [...own, ...labels]
    }
    metric.unsafeUpdate(value, all)
  }
}

export const clockOf = (fiber: AnyFiber): Clock.Clock => Context.get(fiber.currentDefaultServices, Clock.Clock)

/** The same with what `Caller` holds. */
export const withCaller = <A, E, R>(make: (caller: Caller) => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  withFiber((fiber, status) => make({ fiber, status, clock: clockOf(fiber) }))

/** the tracer of a fiber for which none was set: its spans reach no exporter */
const untraced = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** Whether the spans of a fiber are seen by a tracer. */
export const isTraced = (fiber: AnyFiber): boolean =>
  Context.get(fiber.currentDefaultServices, Tracer.Tracer) !== untraced &&
  fiber.getFiberRef(FiberRef.currentTracerEnabled)

/** Runs tasks as a fiber would: soon, after what runs now. By default with the priority that the fiber has now. */
export const scheduler = (
  fiber: AnyFiber,
  priority: number = fiber.getFiberRef(FiberRef.currentSchedulingPriority)
): (task: () => void) => void => {
  const { currentScheduler } = fiber
  return (task) => currentScheduler.scheduleTask(task, priority, fiber)
}

export const isDone = (fiber: AnyFiber): boolean => fiber.unsafePoll() !== null

/** Interrupts a fiber without waiting for its end. */
export const interrupt = (fiber: AnyFiber): void => fiber.unsafeInterruptAsFork(FiberId.none)

/**
 * Runs an effect at once, in a fiber of its own with the references of the caller, but for one. The new fiber can be
 * interrupted even where the caller cannot.
 */
export const fork = <A, E, R, X>(
  { fiber: caller, status: { runtimeFlags } }: Caller,
  effect: Effect.Effect<A, E, R>,
  options: { readonly context: Context.Context<R>; readonly ref: FiberRef.FiberRef<X>; readonly value: X }
): Fiber.RuntimeFiber<A, E> =>
  Runtime.runFork(
    Runtime.make({
      context: options.context,
      runtimeFlags: RuntimeFlags.enable(runtimeFlags, RuntimeFlags.Interruption),
      fiberRefs: caller.getFiberRefs()
    }),
    effect,
    {
      updateRefs: (refs, fiberId) => FiberRefs.updateAs(refs, { fiberId, fiberRef: options.ref, value: options.value })
    }
  )
