import { appAddress } from "../shared/address.js"
import { html } from "../shared/dom.js"
import { live } from "../shared/live.js"
import { way } from "./way.js"

/** The address that a class comes by, and its code, as large as the screen allows. */
export class JoinDialog {
  constructor(dialog) {
    this.dialog = dialog
    this.first = dialog.querySelector(".first")
    this.others = dialog.querySelector(".others")
    this.hint = dialog.querySelector(".hint")
  }

  open() {
    live.say("join", { address: appAddress() })
    this.dialog.showModal()
  }

  show(ways) {
    if (!ways || JSON.stringify(ways) === this.shown) return
    this.shown = JSON.stringify(ways)
    this.choose(ways.addresses, ways.addresses[0])
    this.hint.replaceChildren(
      ...(ways.start
        ? ["Only this machine can open the app as it was started. For a class, end it and start it with", html("code", {}, ways.start)]
        : ["Telephones must be in the same network as this machine. It takes a camera, or the address typed."]),
    )
  }

  choose(addresses, chosen) {
    if (!chosen) return this.first.replaceChildren()
    this.first.replaceChildren(html("img", { src: chosen.code, alt: `Code of ${chosen.address}` }), html("b", {}, chosen.address))
    const others = addresses.filter((other) => other !== chosen)
    this.others.replaceChildren(...others.map((other) => way(other.address, () => this.choose(addresses, other))))
  }
}
