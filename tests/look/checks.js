// What can be wrong with a page as it is laid out now: a list of sentences, empty when all is well.
//
// A box may be wider than the window only inside `.scroll`, where a finger can move it; on paper
// nothing can be moved. Text that leaves its box, or the drawing it is part of, is cut or lies on
// something else. Contrast is that of WCAG 2.2, 1.4.3, level AA, with the stricter bound for all.
([paper, colours]) => {
  const found = [];
  // Many labels of one drawing have one fault: it is said once, with an example.
  const often = new Map();
  const again = (element, fault, text) => {
    const where = element.closest("svg")?.querySelector("title").textContent ?? name(element);
    const key = `in ${words(where)}: ${fault}`;
    often.set(key, [...(often.get(key) ?? []), text]);
  };
  const all = () => [
    ...new Set(found),
    ...[...often].map(([fault, texts]) => `${texts.length} texts ${fault}, such as ${words(texts[0])}`),
  ];
  const width = document.documentElement.clientWidth;
  const words = (text) => JSON.stringify(text.trim().replace(/\s+/g, " ").slice(0, 60));
  const name = (element) => {
    const id = element.closest("[id]")?.id;
    return `<${element.tagName.toLowerCase()}>${id ? ` in #${id}` : ""}`;
  };
  const seen = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && box.height > 0 && getComputedStyle(element).visibility === "visible";
  };
  const texts = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    const shown = !element.closest("title, desc, style") && walker.currentNode.data.trim();
    if (shown && seen(element)) texts.push([walker.currentNode, element]);
  }

  // --- nothing is wider than the window

  if (document.documentElement.scrollWidth > width) {
    found.push(`the page is ${document.documentElement.scrollWidth} px wide, the window ${width}`);
  }
  const wide = new Set();
  for (const element of document.body.querySelectorAll("*")) {
    if (element.ownerSVGElement || !seen(element)) continue;
    const scrolled = element.parentElement.closest(".scroll");
    if (scrolled && !paper) continue;
    const box = element.getBoundingClientRect();
    if (box.right > width + 1 || box.left < -1) {
      wide.add(element);
      if (wide.has(element.parentElement)) continue;
      found.push(`${name(element)} reaches from ${box.left | 0} to ${box.right | 0} px of ${width}`);
    }
  }
  for (const box of paper ? [] : document.querySelectorAll(".scroll")) {
    const can = ["auto", "scroll"].includes(getComputedStyle(box).overflowX);
    if (box.scrollWidth > box.clientWidth && !can) found.push(`${name(box)} cannot be scrolled`);
  }

  // --- no text is cut

  for (const [text, element] of texts) {
    const drawing = element.closest("svg");
    let holder = drawing ?? element;
    while (!drawing && getComputedStyle(holder).display === "inline") holder = holder.parentElement;
    const within = holder.getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(text);
    for (const box of range.getClientRects()) {
      const out = Math.max(within.left - box.left, box.right - within.right);
      const above = drawing ? Math.max(within.top - box.top, box.bottom - within.bottom) : 0;
      if (out > 1 || above > 3) found.push(`${words(text.data)} leaves ${name(holder)}`);
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    const cuts = [style.overflowX, style.overflowY].some((way) => ["hidden", "clip"].includes(way));
    if (element.ownerSVGElement || element.tagName === "svg" || !cuts) continue;
    if (element.scrollWidth > element.clientWidth + 1) found.push(`${name(element)} cuts its text`);
  }

  // --- no two labels of a figure lie on each other

  const corners = (label) => {
    const { x, y, width: w, height: h } = label.getBBox();
    const to = label.getScreenCTM();
    // The box of a font is higher than its letters: a fifth is taken off above and below.
    const points = [[x, y + h / 5], [x + w, y + h / 5], [x + w, y + h * 0.8], [x, y + h * 0.8]];
    return points.map(([px, py]) => [to.a * px + to.c * py + to.e, to.b * px + to.d * py + to.f]);
  };
  const apart = (one, other) => {
    for (const shape of [one, other]) {
      for (const side of [0, 1]) {
        const along = [shape[side + 1][0] - shape[side][0], shape[side + 1][1] - shape[side][1]];
        const length = Math.hypot(...along) || 1;
        const shadow = (points) => points.map((p) => (p[0] * along[0] + p[1] * along[1]) / length);
        const [a, b] = [shadow(one), shadow(other)];
        if (Math.max(...a) < Math.min(...b) + 1 || Math.max(...b) < Math.min(...a) + 1) return true;
      }
    }
    return false;
  };
  for (const drawing of document.querySelectorAll("svg")) {
    const labels = [...drawing.querySelectorAll("text")].filter((t) => t.textContent.trim());
    const shapes = labels.map(corners);
    shapes.forEach((shape, at) => {
      const hit = shapes.findIndex((other, later) => later > at && !apart(shape, other));
      if (hit < 0) return;
      const [one, other] = [labels[at].textContent, labels[hit].textContent];
      found.push(`${words(one)} and ${words(other)} overlap in ${words(drawing.querySelector("title").textContent)}`);
    });
  }

  // --- text can be read, and links be hit

  const smallest = paper ? 7 : 9;
  for (const [text, element] of texts) {
    const scale = element.ownerSVGElement ? element.getScreenCTM() : { a: 1, b: 0 };
    const size = parseFloat(getComputedStyle(element).fontSize) * Math.hypot(scale.a, scale.b);
    if (size < smallest) again(element, `only ${size.toFixed(1)} px high`, text.data);
  }
  for (const link of paper ? [] : document.querySelectorAll("nav a")) {
    const { width: w, height: h } = link.getBoundingClientRect();
    if (Math.min(w, h) < 24) found.push(`the link ${words(link.textContent)} is ${w | 0} x ${h | 0} px`);
  }
  if (!colours) return all();

  const rgba = (colour) => {
    const [r, g, b, a = 1] = (colour.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
    return [r, g, b, a];
  };
  const over = (top, ground) => {
    const alpha = top[3];
    return [...[0, 1, 2].map((i) => alpha * top[i] + (1 - alpha) * ground[i]), 1];
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((channel) => {
      const c = channel / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const painted = (element) => {
    const style = getComputedStyle(element);
    if (!element.ownerSVGElement) return rgba(style.backgroundColor);
    if (style.fill === "none") return [0, 0, 0, 0];
    const hatch = style.fill.match(/#([\w-]+)/);
    if (hatch) return painted(document.getElementById(hatch[1]).querySelector("rect"));
    const [r, g, b, a] = rgba(style.fill);
    return [r, g, b, a * style.fillOpacity * style.opacity];
  };
  const ground = (text, element) => {
    const layers = [];
    if (element.ownerSVGElement) {
      // Shapes under the middle of a label, which has to be in the window to be asked for.
      element.scrollIntoView({ block: "center", inline: "center" });
      const box = element.getBoundingClientRect();
      const at = [box.left + box.width / 2, box.top + box.height / 2];
      const under = document.elementsFromPoint(...at);
      layers.push(...under.filter((e) => e.ownerSVGElement && e.tagName !== "text").map(painted));
    }
    for (let e = element.closest("svg") ?? element; e; e = e.parentElement) {
      layers.push(rgba(getComputedStyle(e).backgroundColor));
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  for (const [text, element] of texts) {
    const below = ground(text, element);
    const style = getComputedStyle(element);
    const ink = element.ownerSVGElement ? painted(element) : rgba(style.color);
    const [low, high] = [over(ink, below), below].map(luminance).sort((a, b) => a - b);
    const contrast = (high + 0.05) / (low + 0.05);
    if (contrast < 4.5) again(element, `a contrast of only ${contrast.toFixed(2)}`, text.data);
  }
  window.scrollTo(0, 0);
  return all();
}
