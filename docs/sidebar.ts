/** The pages of the site in their order. Pages of the API reference are listed by the tool that writes them. */
export interface Page {
  readonly text: string
  readonly link: string
}

export interface Section {
  readonly text: string
  readonly items: ReadonlyArray<Page>
}

const section = (text: string, folder: string, pages: Readonly<Record<string, string>>): Section => ({
  text,
  items: Object.entries(pages).map(([name, text]) => ({ text, link: `/${folder}/${name}` }))
})

export const sections: ReadonlyArray<Section> = [
  section("Start", "guide", {
    "start": "Getting started"
  }),
  section("Market data", "guide", {
    "streams": "Streams and epochs",
    "slow-consumers": "Slow consumers",
    "order-books": "Order books",
    "trades-and-candles": "Trades and candles",
    "rest": "REST and histories"
  }),
  section("Account", "guide", {
    "signing": "Signed calls",
    "account": "Account state",
    "trading": "Trading and outcomes",
    "accounts": "Several accounts",
    "paper-trading": "Paper trading"
  }),
  section("Operation", "guide", {
    "running-a-bot": "Running a bot for months",
    "errors": "Errors",
    "settings": "Settings",
    "sockets": "Sockets and WsConnection",
    "observability": "Health, metrics and logs",
    "transports": "Proxies and transports",
    "browsers": "Browsers and edge runtimes",
    "promises": "Promise programs"
  }),
  section("Testing", "guide", {
    "testing": "Test your bot",
    "faults": "Faults",
    "recording": "Recording and replay"
  }),
  section("Cookbook", "cookbook", {
    "download-history": "Download a history",
    "grid-bot": "Grid bot",
    "funding-bot": "Funding bot at the FRR",
    "transfer-and-withdraw": "Transfer and withdraw",
    "kill-switch": "Kill switch and maximum notional",
    "dashboards": "Dashboards"
  }),
  section("Migration", "migration", {
    "from-bitfinex-api-py": "From bitfinex-api-py",
    "from-bitfinex-api-node": "From bitfinex-api-node"
  })
]

export const sidebar: ReadonlyArray<{ text: string; items: Array<Page> }> = sections.map(({ items, text }) => ({
  text,
  items: [...items]
}))
