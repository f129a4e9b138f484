// A stream of its own, without htmx.
const source = new EventSource("/api/load");

source.addEventListener("load", (event) => {
  const load = JSON.parse(event.data);
  document.querySelector("output").value = load.percent + " %";
});

// The server says that this stream is over for good: stop asking.
source.addEventListener("htmxrt-close", () => source.close());

// Something was missed and cannot be replayed: begin with a fresh page, not all
// browsers at once.
source.addEventListener("htmxrt-reset", () => {
  setTimeout(() => location.reload(), 5000 * Math.random());
});
