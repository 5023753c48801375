/**
 * Providers of virtual assets, for the travel rule of withdrawals.
 *
 * @since 0.1.0
 */
import * as Field from "../Field.ts"
import * as Layout from "../Layout.ts"

const virtualAssetServiceProvider = Layout.object("VirtualAssetServiceProvider", (at) => ({
  /** decentralised identifier, usable as `vasp_did` in withdrawals */ id: at("id", Field.str),
  /** name of the provider */ name: at("name", Field.str)
}))
/**
 * One provider of virtual assets.
 *
 * @see https://docs.bitfinex.com/reference/virtual-asset-service-providers
 * @since 0.1.0
 * @category records
 */
export interface VirtualAssetServiceProvider extends Layout.Type<typeof virtualAssetServiceProvider> {}
/**
 * @since 0.1.0
 * @category records
 */
export const VirtualAssetServiceProvider: Layout.Layout<VirtualAssetServiceProvider> = virtualAssetServiceProvider
