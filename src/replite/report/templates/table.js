// The table of all cells: sorts, filters, pages and hands on what Python computed; points of cells that are filtered out fade.
{
  const read = (id) => document.getElementById(id);
  const { atOnce, names, rows, cells } = JSON.parse(read("cells").textContent);
  const section = read("results"), controls = read("controls"), body = section.querySelector("tbody"), shown = read("shown");
  const headings = [...section.querySelectorAll("th[data-column]")];
  const searched = rows.map((row) => row.join("\n").toLowerCase());
  const points = [...document.querySelectorAll("[data-cell]")], models = [...document.querySelectorAll("[data-model]")];
  const collator = new Intl.Collator("en", { numeric: true });
  let found = [];

  const element = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });

  function matching() {
    const words = (address.state.get("text") ?? "").toLowerCase().split(/\s+/);
    const chosen = names.flatMap((name, place) => (address.state.has(name) ? [[place, address.state.get(name)]] : []));
    const fits = (row, text) => words.every((word) => text.includes(word)) && chosen.every(([place, value]) => row[place] === value);
    return rows.map((_, index) => index).filter((index) => fits(rows[index], searched[index]));
  }

  // What is blank stands last, whichever way the others are sorted.
  function sorted(indices) {
    const [, sign, name] = /^(-?)(.*)$/.exec(address.state.get("sort") ?? ""), place = names.indexOf(name);
    if (place < 0) return indices;
    const turn = sign ? -1 : 1, number = headings.find((heading) => heading.dataset.column === name)?.className === "n";
    return indices.sort((one, other) => {
      const [a, b] = [rows[one][place], rows[other][place]];
      if (!a || !b) return !a - !b;
      return turn * (number ? a - b : collator.compare(a, b));
    });
  }

  function lineOf(index) {
    const line = document.createElement("tr");
    line.classList.toggle("invalid", rows[index][names.indexOf("verdict")] !== "valid");
    line.classList.toggle("picked", marks.has(index));
    cells[index].forEach(([text, more], place) => {
      const cell = line.insertCell();
      cell.className = headings[place].dataset.kind;
      cell.append(element("bdi", text));
      if (more) cell.append(" ", element("small", more));
    });
    if (marks.has(index)) line.cells[0].append(" ", element("small", marks.get(index)));
    return line;
  }

  function show() {
    found = sorted(matching());
    const pages = Math.max(Math.ceil(found.length / atOnce), 1);
    const page = Math.min(Math.max(Number.parseInt(address.state.get("page")) || 1, 1), pages);
    const from = (page - 1) * atOnce, to = Math.min(from + atOnce, found.length);
    body.replaceChildren(...found.slice(from, to).map(lineOf));
    shown.textContent = found.length ? `${from + 1} to ${to} of ${found.length} cells` : "No cell is like that";
    shown.textContent += found.length < rows.length ? `, of ${rows.length} in all` : "";
    const there = new Set(found);
    for (const point of points) {
      const cell = Number(point.dataset.cell);
      point.classList.toggle("faded", !there.has(cell));
      marks.has(cell) ? point.setAttribute("aria-current", "true") : point.removeAttribute("aria-current");
    }
    for (const model of models) model.setAttribute("aria-pressed", address.state.get("model") === model.dataset.model);
    for (const heading of headings) {
      const sort = { [heading.dataset.column]: "ascending", [`-${heading.dataset.column}`]: "descending" }[address.state.get("sort")];
      sort ? heading.setAttribute("aria-sort", sort) : heading.removeAttribute("aria-sort");
    }
    for (const field of controls.elements) if (field.name) field.value = address.state.get(field.name) ?? "";
    read("before").hidden = read("after").hidden = pages === 1;
    read("before").disabled = page === 1;
    read("after").disabled = page === pages;
    read("before").value = page - 1;
    read("after").value = page + 1;
  }

  const change = (name, value) => address.change("results", { page: "", [name]: value });

  // A point leads to its row in place of what the table shows; limits stay.
  function lead(event) {
    event.preventDefault();
    const own = new Set([...names, "text", "sort", "page"]);
    const kept = [...address.state].filter(([name]) => !own.has(name));
    const wanted = event.currentTarget.getAttribute("href");
    location.hash = kept.length ? `${wanted}&${new URLSearchParams(kept)}` : wanted;
  }

  // The rows found, as they stand in benchmark.csv.
  function written(separator) {
    const quoted = (value) => (/["\r\n]/.test(value) || value.includes(separator) ? `"${value.replaceAll('"', '""')}"` : value);
    return [names, ...found.map((index) => rows[index])].map((row) => `${row.map(quoted).join(separator)}\n`).join("");
  }

  function download() {
    const url = URL.createObjectURL(new Blob([written(",")], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href: url, download: "benchmark.csv" }).click();
    URL.revokeObjectURL(url);
  }

  async function copy() {
    const told = read("told");
    try {
      await navigator.clipboard.writeText(written("\t"));
      told.textContent = `Copied ${found.length} rows.`;
    } catch (error) {
      told.textContent = `Not copied: ${error.message}`;
    }
  }

  for (const heading of headings) {
    const button = Object.assign(element("button", heading.textContent), { type: "button", title: heading.title });
    const name = heading.dataset.column;
    button.addEventListener("click", () => change("sort", address.state.get("sort") === name ? `-${name}` : name));
    heading.replaceChildren(button);
  }
  for (const button of models) {
    const { model } = button.dataset;
    button.addEventListener("click", () => change("model", address.state.get("model") === model ? "" : model));
  }
  controls.addEventListener("submit", (event) => event.preventDefault());
  controls.addEventListener("input", ({ target }) => change(target.name, target.value));
  for (const id of ["before", "after"]) read(id).addEventListener("click", ({ target }) => change("page", target.value));
  read("download").addEventListener("click", download);
  read("copy").addEventListener("click", copy);
  for (const point of points) point.addEventListener("click", lead);
  controls.hidden = false;
  address.shown.push(show);
  addEventListener("hashchange", () => address.read());
  address.read();
}
