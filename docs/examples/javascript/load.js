// The page's own stream brings the messages of every topic that the page
// follows. An element with hx-trigger="sse:load" gets each message of the topic
// "load" as a DOM event, which bubbles.
document.addEventListener("sse:load", (event) => {
  const load = JSON.parse(event.detail.data);
  document.querySelector("meter").value = load.percent;
});
