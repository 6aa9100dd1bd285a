// Browsers start no worker from a file system, and the search is one. There, a hidden frame does
// what the worker would do; from a server, nothing changes.
if (location.protocol === "file:") {
  const later = (act) => setTimeout(act); // as between threads: never in the midst of something
  const load = (frame, source) =>
    new Promise((loaded, failed) => {
      const script = frame.document.createElement("script");
      Object.assign(script, { src: source, onload: loaded, onerror: failed });
      frame.document.body.append(script);
    });
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.element = document.createElement("iframe");
      Object.assign(this.element, { hidden: true, srcdoc: "<body></body>" });
      const opened = new Promise((done) => (this.element.onload = done));
      document.body.append(this.element);
      this.ready = opened.then(() => this.begin(new URL(url, location)));
    }

    async begin(source) {
      const frame = this.element.contentWindow;
      frame.postMessage = (data) => {
        const event = new MessageEvent("message", { data });
        later(() => this.dispatchEvent(event) && this.onmessage?.(event));
      };
      frame.importScripts = (...sources) =>
        sources.reduce((before, each) => before.then(() => load(frame, each)), Promise.resolve());
      await load(frame, source);
      return frame;
    }

    postMessage(data) {
      const sent = structuredClone(data);
      this.ready.then((frame) =>
        later(() => frame.dispatchEvent(new frame.MessageEvent("message", { data: sent }))),
      );
    }

    terminate() {
      this.element.remove();
    }
  };
}
