// What the page shows stands in its address, "#section&name=value&...", so that a link shows it.
"use strict";
const address = {
  state: new URLSearchParams(),
  shown: [], // what follows the state, in this order

  show() {
    for (const show of this.shown) show();
  },

  // An empty value takes the name out.
  change(place, changes) {
    for (const [name, value] of Object.entries(changes)) value ? this.state.set(name, value) : this.state.delete(name);
    this.write(place);
    this.show();
  },

  write(place) {
    history.replaceState(null, "", [`#${place}`, ...(this.state.size ? [this.state] : [])].join("&"));
  },

  // A section alone leaves the state as it is; no section at all starts anew.
  read() {
    const [place, ...rest] = location.hash.slice(1).split("&");
    if (rest.length || !place) this.state = new URLSearchParams(rest.join("&"));
    else if (this.state.size) this.write(place);
    this.show();
    if (rest.length) document.getElementById(place)?.scrollIntoView();
  },
};
