/**
 * Parts of an account other than trading: movements, addresses, alerts, settings, messages.
 *
 * @internal
 */
import type { ChangelogEntry } from "../../../protocol/records/Account.ts"
import type { Alert } from "../../../protocol/records/Alert.ts"
import type { Movement } from "../../../protocol/records/Movement.ts"
import type { PulseMessage } from "../../../protocol/records/Pulse.ts"
import { configuration } from "../market/configuration.ts"
import * as Prices from "../market/prices.ts"
import * as Random from "../market/random.ts"
import type { Accounts } from "./accounts.ts"
import type { WalletType } from "./model.ts"
import { messages } from "./pulse.ts"
import type { Account } from "./types.ts"
import { flush } from "./types.ts"
import { category } from "./wallets.ts"

/** a withdrawal in progress */
export interface Withdrawal {
  readonly movement: Movement
  readonly wallet: WalletType
  readonly currency: string
  /** including the fee */
  readonly lots: number
  readonly fee: number
  readonly due: number
}

/** public data of an account */
export interface Profile {
  readonly userId: number
  readonly email: string
  readonly nickname: string
  readonly created: number
  readonly movements: Array<Movement>
  readonly pending: Map<number, Withdrawal>
  /** by wallet and method, newest last */
  readonly addresses: Map<string, Array<string>>
  readonly alerts: Map<string, Alert>
  readonly settings: Map<string, unknown>
  readonly changelog: Array<ChangelogEntry>
  /** balances on the other exchange, by currency */
  readonly thalex: Map<string, number>
}

export interface Method {
  /** lower case, as in requests */
  readonly name: string
  readonly currency: string
  /** lots */
  readonly fee: number
}

export interface Profiles {
  readonly of: (account: Account) => Profile
  readonly byNickname: (nickname: string) => Profile | undefined
  readonly byEmail: (email: string) => Profile | undefined
  /** messages of all users, oldest first */
  readonly pulse: Array<PulseMessage>
  /** time of the first request that is possible, ms since the epoch */
  readonly start: number
  readonly methods: ReadonlyMap<string, Method>
  readonly nextId: () => number
  readonly uuid: () => string
  readonly text: (alphabet: string, length: number) => string
  readonly log: (profile: Profile, text: string) => void
  /** completes withdrawals that are due */
  readonly pass: () => void
}

/** time that the venue needs for a withdrawal */
export const reviewMillis = 60_000

export const makeProfiles = (accounts: Accounts, seed: number): Profiles => {
  const { core } = accounts
  const random = Random.make(seed, "profiles")
  const profiles = new Map<number, Profile>()
  let id = 13_000_000

  const text = (alphabet: string, length: number): string =>
    Array.from({ length }, () => alphabet.charAt(random.int(alphabet.length))).join("")
  const uuid = (): string => [8, 4, 4, 4, 12].map((length) => text("0123456789abcdef", length)).join("-")
  const nextId = (): number => id += 1 + random.int(5)

  const [names, fees] = configuration(core.market, ["pub:map:tx:method", "pub:map:currency:tx:fee"])
  // the casts: the layouts of the two keys
  const feeOf = new Map(
    (fees as ReadonlyArray<readonly [string, readonly [number, number]]>).map(([code, [, fee]]) => [code, fee])
  )
  const methods = new Map<string, Method>(
    (names as ReadonlyArray<readonly [string, readonly [string]]>).map(([name, [currency]]) => [
      name.toLowerCase(),
      { name: name.toLowerCase(), currency, fee: Prices.lots(feeOf.get(currency) ?? 0) }
    ])
  )
  methods.set("wire", { name: "wire", currency: "USD", fee: Prices.lots(20) })
  methods.set("lnx", { name: "lnx", currency: "LNX", fee: 0 })

  const make = ({ userId, wallets }: Account): Profile => {
    const created = core.now() - 400 * 86_400_000
    const profile: Profile = {
      userId,
      email: `user-${userId}@example.com`,
      nickname: `user-${userId}`,
      created,
      movements: [],
      pending: new Map(),
      addresses: new Map(),
      alerts: new Map(),
      settings: new Map(),
      changelog: [{ mtsCreate: created, log: "settings: api key created", ip: "192.0.2.1", userAgent: null }],
      thalex: new Map()
    }
    for (const { balance, currency } of wallets.records()) {
      const method = [...methods.values()].find((one) => one.currency === currency)
      profile.movements.push({
        id: nextId(),
        currency,
        currencyName: (method?.name ?? "wire").toUpperCase(),
        mtsStarted: core.now(),
        mtsUpdated: core.now(),
        status: "COMPLETED",
        amount: balance,
        fees: 0,
        destinationAddress: null,
        paymentId: null,
        transactionId: uuid(),
        withdrawTransactionNote: null
      })
    }
    return profile
  }

  for (const account of core.accounts.values()) profiles.set(account.userId, make(account))

  const find = (is: (profile: Profile) => boolean): Profile | undefined => [...profiles.values()].find(is)

  return {
    // every account has one initially
    of: (account) => profiles.get(account.userId)!,
    byNickname: (nickname) => find((profile) => profile.nickname === nickname),
    byEmail: (email) => find((profile) => profile.email === email),
    start: core.now(),
    pulse: [...messages(core.now())],
    methods,
    nextId,
    uuid,
    text,
    log: (profile, log) => {
      profile.changelog.push({ mtsCreate: core.now(), log, ip: "192.0.2.1", userAgent: null })
    },
    pass: () => {
      for (const profile of profiles.values()) {
        const { wallets } = core.accounts.get(profile.userId)!
        for (const one of profile.pending.values()) {
          const { currency, fee, lots, movement, wallet: type } = one
          if (one.due > core.now()) continue
          profile.pending.delete(movement.id)
          wallets.hold(type, currency, -lots)
          const name = movement.currencyName.toLowerCase()
          const paid = `${currency} Withdrawal #${movement.id}`
          wallets.change({ type, currency, lots: fee - lots, category: category.withdrawal, description: paid })
          if (fee !== 0) {
            const description = `Crypto Withdrawal fee (${name}) #${movement.id}`
            wallets.change({ type, currency, lots: -fee, category: category.withdrawalFee, description })
          }
          const at = profile.movements.indexOf(movement)
          profile.movements[at] = {
            ...movement,
            status: "COMPLETED",
            mtsUpdated: core.now(),
            transactionId: uuid()
          }
          flush(core, core.accounts.get(profile.userId)!)
        }
      }
    }
  }
}
