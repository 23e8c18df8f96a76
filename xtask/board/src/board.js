// Puts what the board sends into the page: only the parts that differ, so that a screen reader speaks of
// nothing else, and whoever uses the keyboard stays where they are.
(() => {
  const main = document.querySelector('main'), lost = document.getElementById('connection');
  const show = text => {
    const fresh = new DOMParser().parseFromString('<main>' + text + '</main>', 'text/html').querySelector('main');
    for (const part of fresh.children) {
      const old = document.getElementById(part.id);
      // What somebody has opened or closed stays so.
      for (const details of part.querySelectorAll('details')) {
        const known = document.getElementById(details.id);
        if (known) details.open = known.open;
      }
      if (!old) main.append(part.cloneNode(true));
      else if (part.id === 'now') { if (old.textContent !== part.textContent) old.textContent = part.textContent; }
      else if (old.innerHTML !== part.innerHTML) {
        const focus = document.activeElement, details = old.contains(focus) && focus.closest('details');
        old.innerHTML = part.innerHTML;
        if (details) document.getElementById(details.id)?.querySelector('summary').focus();
      }
    }
  };
  const connect = () => {
    const source = new EventSource('live');
    source.onopen = () => { lost.hidden = true; };
    source.onmessage = event => { lost.hidden = true; show(event.data); };
    source.onerror = () => {
      lost.hidden = false;
      // The browser tries again by itself, unless it got an answer that is no stream.
      if (source.readyState === EventSource.CLOSED) setTimeout(connect, 2000);
    };
  };
  connect();
})();
