import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as http from "node:http"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { type Browser, chromium, type Page } from "playwright-core"

/** The built site in a browser. Without one these tests are skipped; `CHROMIUM` is the path of another one. */

const dist = fileURLToPath(new URL("../../docs/.vitepress/dist/", import.meta.url))

const executable = [
  process.env["CHROMIUM"] ?? "",
  ...["chromium", "chromium-browser", "google-chrome"].flatMap((name) =>
    (process.env["PATH"] ?? "").split(path.delimiter).map((folder) => path.join(folder, name))
  )
].find((file) => file !== "" && fs.existsSync(file))

/** the pages by their addresses */
const pages = fs.existsSync(dist)
  ? fs.readdirSync(dist, { recursive: true, encoding: "utf8" })
    .map((file) => `/${file.split(path.sep).join("/")}`)
    .filter((file) => file.endsWith(".html") && file !== "/404.html")
    .sort()
  : []

const types: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml"
}

/** the file of an address, as a plain web server finds it */
const fileOf = (address: string): string | undefined =>
  [address, `${address}.html`, `${address}/index.html`]
    .map((name) => path.join(dist, name))
    .find((file) => file.startsWith(dist) && fs.existsSync(file) && fs.statSync(file).isFile())

const server = http.createServer((request, response) => {
  const file = fileOf(decodeURI(new URL(request.url ?? "/", "http://127.0.0.1").pathname))
  response.writeHead(file === undefined ? 404 : 200, {
    "content-type": types[path.extname(file ?? "")] ?? "text/plain"
  })
  response.end(file === undefined ? "not found" : fs.readFileSync(file))
})

let browser: Browser
let origin: string

beforeAll(async () => {
  if (executable === undefined) return
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const address = server.address()
  origin = `http://127.0.0.1:${typeof address === "object" ? address?.port : address}`
  // a container's root user has no sandbox
  browser = await chromium.launch({ executablePath: executable, args: ["--no-sandbox"] })
})

afterAll(async () => {
  await browser?.close()
  server.close()
})

/** a page of the given width; everything that it complains of, and each request to elsewhere, is in `complaints` */
const open = async (width: number) => {
  const context = await browser.newContext({ viewport: { width, height: 900 } })
  await context.grantPermissions(["clipboard-read", "clipboard-write"])
  const page = await context.newPage()
  const complaints: Array<string> = []
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text())
  })
  page.on("pageerror", (error) => complaints.push(error.message))
  page.on("request", (request) => {
    if (!request.url().startsWith(origin) && !request.url().startsWith("data:")) complaints.push(request.url())
  })
  return { page, complaints, close: () => context.close() }
}

const visit = async (page: Page, address: string): Promise<void> => {
  await page.goto(`${origin}${address}`)
  await page.waitForFunction("document.querySelector('#app').__vue_app__ !== undefined")
}

/** how far anything reaches beyond the right edge of the window */
const overflow = (page: Page): Promise<number> =>
  page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

/** the tables that scroll sideways, by the text of their first cell */
const scrolling = (page: Page): Promise<ReadonlyArray<string>> =>
  page.evaluate(`[...document.querySelectorAll(".vp-doc table")]
    .filter(({ clientWidth, scrollWidth }) => scrollWidth > clientWidth)
    .map((table) => table.innerText.slice(0, 40) + ": " + (table.scrollWidth - table.clientWidth) + " pixels")`)

describe.skipIf(executable === undefined)("site, in a browser", () => {
  it("has the guides and the reference", () => {
    assert.includeMembers(pages, ["/index.html", "/guide/streams.html", "/api/MarketData.html"])
    assert.isAbove(pages.length, 60)
  })

  for (const width of [380, 1440]) {
    it(`each page loads without complaint, from this host alone, and fits ${width} pixels`, async () => {
      const { close, complaints, page } = await open(width)
      const wide: Array<string> = []
      for (const address of pages) {
        await visit(page, address)
        const beyond = await overflow(page)
        if (beyond > 0) wide.push(`${address}: ${beyond} pixels`)
        // the reference has types that no line can hold
        if (!address.startsWith("/api/")) {
          for (const table of await scrolling(page)) wide.push(`${address}: ${table}`)
        }
        if (complaints.length > 0) complaints.push(`(up to ${address})`)
      }
      assert.deepStrictEqual(complaints, [])
      assert.deepStrictEqual(wide, [])
      await close()
    })
  }

  it("no link is dead, nor the heading it leads to", async () => {
    const { close, page } = await open(1440)
    const links: Array<{ readonly from: string; readonly to: string }> = []
    const ids = new Map<string, ReadonlySet<string>>()
    for (const address of pages) {
      await page.goto(`${origin}${address}`)
      const found: { readonly ids: ReadonlyArray<string>; readonly links: ReadonlyArray<string> } = await page.evaluate(
        `({
        ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
        links: [...document.querySelectorAll("a[href]")].map(({ href }) => href)
      })`
      )
      ids.set(path.join(dist, address), new Set(found.ids))
      links.push(...found.links.map((to) => ({ from: address, to })))
    }
    const inside = links.filter(({ to }) => to.startsWith(origin))
    const dead = inside.filter(({ to }) => {
      const { hash, pathname } = new URL(to)
      const file = fileOf(decodeURI(pathname))
      return file === undefined || (hash !== "" && !ids.get(file)?.has(decodeURIComponent(hash.slice(1))))
    })
    assert.isAbove(inside.length, 1000)
    assert.deepStrictEqual([...new Set(dead.map(({ from, to }) => `${from}: ${to.slice(origin.length)}`))], [])
    await close()
  })

  it("the search finds OrderBook", async () => {
    const { close, complaints, page } = await open(1440)
    await visit(page, "/guide/streams.html")
    await page.click("#local-search button")
    await page.fill("#localsearch-input", "OrderBook")
    const first = page.locator("#localsearch-list a").first()
    await first.waitFor()
    assert.include(await page.locator("#localsearch-list").innerText(), "OrderBook")
    await first.click()
    await page.waitForURL(/OrderBook|order-books/)
    assert.deepStrictEqual(complaints, [])
    await close()
  })

  it("the copy button copies the code beside it", async () => {
    const { close, page } = await open(1440)
    await visit(page, "/guide/streams.html")
    const block = page.locator(".vp-doc div[class*=language-]").first()
    await block.hover()
    await block.locator("button.copy").click()
    await block.locator("button.copied").waitFor()
    const copied = String(await page.evaluate("navigator.clipboard.readText()"))
    assert.include(copied, "MarketData.trades(\"tBTCUSD\")")
    assert.strictEqual(copied.trim(), (await block.locator("pre code").innerText()).trim())
    await close()
  })

  it("llms.txt names a markdown file for each page", () => {
    const addresses = [...fs.readFileSync(path.join(dist, "llms.txt"), "utf8").matchAll(/\]\((\/[^)]+)\)/g)].map((it) =>
      it[1]!
    )
    assert.isAbove(addresses.length, 60)
    assert.deepStrictEqual(addresses.filter((address) => fileOf(address) === undefined), [])
  })
})
