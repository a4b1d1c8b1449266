/* What a page is given before its own scripts, to be measured: it hears changes that nobody made. */
{
  const RealSocket = WebSocket;
  const STATUSES = ['AVAILABLE', 'HELD', 'BOOKED', 'AVAILABLE'];
  let socket, id, version, summary, seats;

  /** Keeps the socket on which a map is watched, and what it was told last. */
  window.WebSocket = class extends RealSocket {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        const { seatMap } = JSON.parse(data).payload?.data ?? {};
        if (seatMap) ({ version, summary } = seatMap);
      });
    }
    send(text) {
      const message = JSON.parse(text);
      if (message.type === 'subscribe' && message.payload.query.includes('seatMap')) {
        [socket, id, version] = [this, message.id, message.payload.variables.after];
      }
      super.send(text);
    }
  };

  /** One message with so many changes, as the server writes them. */
  function message(count) {
    const changes = Array.from({ length: count }, () => ({
      seatNo: Math.floor(Math.random() * seats),
      status: STATUSES[Math.floor(Math.random() * STATUSES.length)],
    }));
    const seatMap = { version: ++version, previousVersion: version - 1, saleChanged: false, statuses: null, changes, summary };
    return JSON.stringify({ id, type: 'next', payload: { data: { seatMap } } });
  }

  function tell(count) {
    const frame = document.querySelector('[data-testid=seat-map]');
    seats = Number(frame.dataset.seats);
    summary ??= { total: seats, available: seats, held: 0, booked: 0, blocked: 0, byTier: [] };
    socket.onmessage(new MessageEvent('message', { data: message(count) }));
  }

  const frames = (each) =>
    new Promise((resolve) => {
      const next = (now) => (each(now) === false ? resolve() : requestAnimationFrame(next));
      requestAnimationFrame(next);
    });

  window.bench = {
    /** Moves a pressed mouse in a circle, while so many seats change each second: the times between frames, and of long tasks. */
    async pan(seconds, perSecond) {
      const grid = document.querySelector('[data-testid=seat-map] [role=grid]');
      const { left, top, width, height } = grid.getBoundingClientRect();
      const times = [];
      const tasks = [];
      const watcher = new PerformanceObserver((list) => tasks.push(...list.getEntries().map((entry) => entry.duration)));
      watcher.observe({ type: 'longtask' });
      const began = performance.now();
      let made = 0;
      const feeding = setInterval(() => {
        for (const due = ((performance.now() - began) / 1000) * perSecond; made < due; made++) tell(1);
      }, 1000 / perSecond);
      let last = 0;
      await frames((now) => {
        if (last) times.push(now - last);
        last = now;
        const turn = (now - began) / 700;
        const at = { clientX: left + width / 2 + Math.cos(turn) * width * 0.4, clientY: top + height / 2 + Math.sin(turn) * height * 0.4 };
        grid.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, pointerType: 'mouse', bubbles: true, ...at }));
        return now - began < seconds * 1000;
      });
      clearInterval(feeding);
      watcher.disconnect();
      return [times, tasks];
    },

    /** Feeds messages one after another, as fast as the page takes them. */
    async feed(messages, changes) {
      let left = messages;
      await frames(() => {
        for (let n = 0; n < 20 && left > 0; n++, left--) tell(changes);
        return left > 0;
      });
    },
  };
}
