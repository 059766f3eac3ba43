// The answers within limits that no budget names: Python computed them for every stop of the sliders, here they are looked up.
const marks = new Map(); // by row of benchmark.csv, what such an answer says of the cell
{
  const sliders = JSON.parse(document.getElementById("sliders").textContent);
  const forms = [...document.querySelectorAll("form.limits")];
  const cards = sliders.map((_, grid) => [...document.querySelectorAll(`[data-grid="${grid}"]`)]);
  const NO_LIMIT = "no limit";

  const element = (tag, className, text) => Object.assign(document.createElement(tag), { className, textContent: text });
  const nameOf = (grid, figure) => `within.${grid.dataset}.${figure.name}`;
  const labelOf = ({ stops }, place) => stops[place]?.[1] ?? NO_LIMIT;

  // The largest stop that keeps the address's limit.
  function placeOf(grid, figure) {
    const limit = Number.parseFloat(address.state.get(nameOf(grid, figure)));
    const { stops } = figure;
    if (Number.isNaN(limit)) return stops.length;
    const kept = stops.filter(([stop]) => stop <= limit).length;
    return Math.max(kept - 1, 0);
  }

  function showCard(card, grid, place, limits) {
    const limited = limits !== "";
    card.previousElementSibling.hidden = limited;
    card.hidden = !limited;
    if (!limited) return card.replaceChildren();
    const [answer, ...doubts] = grid.at[card.dataset.device][place];
    const found = card.parentElement.querySelectorAll("template")[answer];
    const weakened = doubts.map((doubt) => element("p", "quiet", `But ${grid.doubts[doubt]}.`));
    const heading = sliders.length > 1 ? `${grid.dataset}: ${limits}` : limits;
    card.replaceChildren(element("p", "budgets", heading), found.content.cloneNode(true), ...weakened);
    if (found.dataset.cell) marks.set(Number(found.dataset.cell), found.dataset.mark);
  }

  function showGrid(grid, number) {
    const places = grid.figures.map((figure) => placeOf(grid, figure));
    const place = places.reduce((sum, each, figure) => sum * (grid.figures[figure].stops.length + 1) + each, 0);
    const limited = grid.figures.flatMap((figure, each) => {
      const label = labelOf(figure, places[each]);
      const input = forms[number].elements[figure.name];
      input.value = places[each];
      input.setAttribute("aria-valuetext", label);
      input.previousElementSibling.value = label;
      return label === NO_LIMIT ? [] : [`${figure.title} at most ${label}`];
    });
    const limits = limited.join(", ");
    for (const card of cards[number]) showCard(card, grid, place, limits);
    const picked = cards[number].filter((card) => card.querySelector(".pick")).length;
    const said = limits && `${limits}: a file is recommended on ${picked} of ${grid.devices} devices.`;
    forms[number].querySelector("p").textContent = said;
    forms[number].querySelector("button").disabled = !limits;
  }

  function show() {
    marks.clear();
    sliders.forEach(showGrid);
  }

  sliders.forEach((grid, number) => {
    const changes = (value) => Object.fromEntries(grid.figures.map((figure) => [nameOf(grid, figure), value(figure)]));
    const chosen = ({ name, stops }) => stops[forms[number].elements[name].value]?.[0];
    forms[number].addEventListener("input", () => address.change("answer", changes(chosen)));
    forms[number].querySelector("button").addEventListener("click", () => {
      address.change("answer", changes(() => ""));
      forms[number].querySelector("input").focus();
    });
    forms[number].addEventListener("submit", (event) => event.preventDefault());
    forms[number].hidden = false;
  });
  address.shown.push(show);
}
