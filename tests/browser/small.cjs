// A screenshot as a PNG of at most 256 colours: a third of the size, and for pages nobody sees the difference.
"use strict";

const zlib = require("node:zlib");

// The pixels of a PNG as red, green, blue, alpha; the browser decodes it.
async function pixels(page, png) {
  const data = await page.evaluate(async (text) => {
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const all = context.getImageData(0, 0, image.width, image.height).data;
    let out = "";
    for (let at = 0; at < all.length; at += 32768) out += String.fromCharCode(...all.subarray(at, at + 32768));
    return { width: image.width, height: image.height, text: btoa(out) };
  }, png.toString("base64"));
  return { width: data.width, height: data.height, rgba: Buffer.from(data.text, "base64") };
}

function chunk(name, data) {
  const body = Buffer.concat([Buffer.from(name, "latin1"), data]);
  let crc = ~0;
  for (const byte of body) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(~crc >>> 0, 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

// The commonest colours; every other pixel takes the nearest of them.
function palette(rgba) {
  const seen = new Map();
  for (let at = 0; at < rgba.length; at += 4) {
    const colour = rgba.readUIntBE(at, 3);
    seen.set(colour, (seen.get(colour) || 0) + 1);
  }
  const kept = Array.from(seen).sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, 256).map((one) => one[0]);
  const part = (colour, shift) => (colour >> shift) & 255;
  const far = (a, b) => [16, 8, 0].reduce((sum, shift) => sum + (part(a, shift) - part(b, shift)) ** 2, 0);
  const place = new Map(kept.map((colour, index) => [colour, index]));
  for (const colour of seen.keys()) {
    if (place.has(colour)) continue;
    let best = 0;
    kept.forEach((other, index) => {
      if (far(colour, other) < far(colour, kept[best])) best = index;
    });
    place.set(colour, best);
  }
  return { kept, place };
}

async function small(page, png) {
  const { width, height, rgba } = await pixels(page, png);
  const { kept, place } = palette(rgba);
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      rows[y * (width + 1) + 1 + x] = place.get(rgba.readUIntBE(4 * (y * width + x), 3));
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.alloc(3 * kept.length);
  kept.forEach((colour, index) => colours.writeUIntBE(colour, 3 * index, 3));
  const begin = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([begin, chunk("IHDR", head), chunk("PLTE", colours),
    chunk("IDAT", zlib.deflateSync(rows, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

module.exports = { small };
