// What is wrong with the text that is seen: an argument of page.evaluate, returns sentences.
() => {
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
  const stage = document.querySelector("#wall").getBoundingClientRect();
  const wrong = [], found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("script, style, noscript, i, caption")) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const range = document.createRange();
    range.selectNodeContents(node);
    const cell = element.closest("td, th, p, li, h1, h2");
    for (const r of range.getClientRects()) {
      if (!r.width || !r.height) continue;
      const upright = !element.closest(".strip");
      // The letters themselves are lower than their line: from the accents to the descenders.
      const middle = (r.top + r.bottom) / 2, half = upright ? Math.min(r.height, size * 1.06) / 2 : r.height / 2;
      found.push({ text: node.textContent.trim(), element, top: middle - half, bottom: middle + half, left: r.left, right: r.right });
      if (r.left < stage.left - 1 || r.right > stage.right + 1 || r.top < stage.top - 1 || r.bottom > stage.bottom + 1) wrong.push(`leaves the screen: ${node.textContent}`);
    }
    if (size < 2 * rem - 0.01) wrong.push(`under 32 px: ${size / rem * 16} ${node.textContent}`);
    if (style.textOverflow === "ellipsis" || /…|\.\.\./.test(node.textContent)) wrong.push(`cut short: ${node.textContent}`);
  }
  for (const bar of document.querySelectorAll(".page:not([hidden]) .bar svg")) {
    const { top, bottom, left, right } = bar.getBoundingClientRect();
    if (right > left && !bar.classList.contains("k")) found.push({ text: "a bar", element: bar, top, bottom, left, right });
  }
  for (let a = 0; a < found.length; a += 1) for (let b = a + 1; b < found.length; b += 1) {
    const x = found[a], y = found[b];
    if (x.element.closest("b") && x.element === y.element) continue;
    const wide = Math.min(x.right, y.right) - Math.max(x.left, y.left), high = Math.min(x.bottom, y.bottom) - Math.max(x.top, y.top);
    if (wide > rem / 8 && high > rem / 4) wrong.push(`overlap by ${Math.round(high / rem * 16)} px: ${x.text} | ${y.text}`);
  }
  const page = document.querySelector(".page:not([hidden])"), box = page && page.getBoundingClientRect();
  if (page) for (const child of page.querySelectorAll("*")) {
    const r = child.getBoundingClientRect();
    if (r.width && r.height && getComputedStyle(child).display !== "inline" && r.bottom > box.bottom + rem / 8 && !child.closest("i, caption")) wrong.push(`leaves its page by ${Math.round((r.bottom - box.bottom) / rem * 16)} px: ${child.tagName} ${child.textContent.trim().slice(0, 40)}`);
  }
  return Array.from(new Set(wrong)).slice(0, 20);
}
