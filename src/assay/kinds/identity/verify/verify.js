// The page for guests: camera on, one challenge asked step by step, frames captured to a canvas about ten times a second,
// and all of it posted once. No library; nothing leaves for anywhere but this page's own address.
'use strict';
(() => {
  const main = document.getElementById('main');
  const at = (id) => document.getElementById(id);
  const words = Object.fromEntries([...document.querySelectorAll('[data-word]')].map((e) => [e.dataset.word, e.textContent]));
  const EVERY = 100, SETTLE = 800, TAIL = 400; // milliseconds
  const MOST_FRAMES = 240, MOST_BYTES = 20e6, LONGEST = 640, STILL = 1280; // LONGEST, STILL: pixels of the longer side
  const PATIENCE = 120000; // milliseconds for an answer of the service
  const COLOURS = { red: '#ff0000', green: '#00ff00', blue: '#0000ff', white: '#ffffff' };
  const WAYS = { 'turn-left': 'left', 'turn-right': 'right', 'look-up': 'up', 'look-down': 'down' }; // as in the mirror
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d', { alpha: false });
  let stream = null, running = null;

  const show = (id) => {
    for (const section of ['intro', 'live', 'told']) at(section).hidden = section !== id;
    const title = at(id).querySelector('h1');
    if (id !== 'live') title.focus();
  };
  const tell = (what, again) => {
    at('told-title').textContent = words[what];
    at('told-text').textContent = words[what + '-why'] || '';
    at('again').hidden = !again;
    document.body.dataset.state = what;
    show('told');
  };
  const pause = (ms) => new Promise((go) => setTimeout(go, ms));
  const stopped = (run) => { if (run !== running) throw new Stopped(); };
  class Stopped extends Error {}
  class Refused extends Error { constructor(status) { super(); this.status = status; } }

  async function camera() {
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) throw Object.assign(new Error(), { name: 'NotFoundError' });
    const wanted = { facingMode: 'user', width: { ideal: 1280 }, height: { ideal: 720 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
    const video = at('video');
    video.srcObject = stream;
    await video.play();
    for (let i = 0; i < 100 && !video.videoWidth; i++) await pause(50);
    if (!video.videoWidth) throw Object.assign(new Error(), { name: 'NotReadableError' });
  }
  function off() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    at('video').srcObject = null;
    colour(null);
  }
  async function facts() {
    const track = stream.getVideoTracks()[0], video = at('video'), settings = {};
    for (const [name, value] of Object.entries(track.getSettings ? track.getSettings() : {})) {
      if (['boolean', 'number', 'string'].includes(typeof value) && !/Id$/.test(name)) settings[name] = value;
    }
    let others = [];
    try {
      others = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === 'videoinput' && d.label && d.label !== track.label);
    } catch { /* a browser may refuse to list them */ }
    return {
      label: plain(track.label), others: others.slice(0, 16).map((d) => plain(d.label)),
      width: video.videoWidth, height: video.videoHeight, rate: Math.min(1000, Number(settings.frameRate) || 0), settings,
    };
  }
  const plain = (text) => (text || '').replace(/[\u0000-\u001f]/g, ' ').slice(0, 300);

  function draw(longest) {
    const video = at('video'), scale = Math.min(1, longest / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    pen.drawImage(video, 0, 0, canvas.width, canvas.height);
  }
  const blob = (quality) => new Promise((done) => canvas.toBlob(done, 'image/jpeg', quality));
  const base64 = (file) => new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = failed;
    reader.readAsDataURL(file);
  });

  async function ask(where, body) {
    const give = new AbortController(), timer = setTimeout(() => give.abort(), PATIENCE);
    try {
      const answer = await fetch(main.dataset.here + where, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body), signal: give.signal,
        credentials: 'omit', referrerPolicy: 'no-referrer',
      });
      if (!answer.ok) throw new Refused(answer.status);
      return await answer.json();
    } finally { clearTimeout(timer); }
  }

  function colour(name) {
    document.body.classList.toggle('coloured', name !== null);
    at('screen').style.backgroundColor = name === null ? '' : COLOURS[name] || '#000000';
  }
  function prompt(name) {
    at('asked').textContent = words[name];
    at('way').hidden = !(name in WAYS);
    if (name in WAYS) at('way').dataset.to = WAYS[name];
  }

  async function attempt(run) {
    const gentle = at('gentle').checked;
    const begun = await ask('/begin', { gentle });
    const start = performance.now(), clock = () => performance.now() - start, plan = begun.plan;
    const frames = [], prompts = [];
    let bytes = 0, capturing = true, quality = 0.85;
    const whole = SETTLE + plan.actions.length * (plan.rest + plan.hold) + plan.rest + plan.flashes.length * plan.flash + TAIL;
    const capture = (async () => {
      while (capturing && frames.length < MOST_FRAMES && bytes < MOST_BYTES) {
        const moment = clock();
        draw(LONGEST);
        const image = await blob(quality);
        if (!capturing) break;
        if (image && image.size) { frames.push({ at: Math.round(moment * 10) / 10, image }); bytes += image.size; }
        if (frames.length > 20 && bytes / frames.length > 90e3) quality = 0.6; // keep within the bounds on a noisy camera
        at('progress').value = Math.min(1, clock() / whole);
        await pause(Math.max(15, moment + EVERY - clock()));
      }
    })();
    try {
      prompt('ready');
      await pause(SETTLE);
      for (const action of plan.actions) {
        stopped(run);
        prompt('ready');
        await pause(plan.rest);
        stopped(run);
        prompt(action);
        prompts.push({ name: action, at: clock() });
        await pause(plan.hold);
      }
      stopped(run);
      prompt('still');
      if (plan.flashes.length) colour('');
      await pause(plan.rest);
      for (const name of plan.flashes) {
        stopped(run);
        colour(name);
        prompts.push({ name, at: clock() });
        await pause(plan.flash);
      }
      if (plan.flashes.length) { colour(''); prompts.push({ name: 'end', at: clock() }); }
      await pause(TAIL);
    } finally {
      capturing = false;
      colour(null);
      await capture;
    }
    stopped(run);
    draw(STILL);
    const selfie = await blob(0.92);
    const told = await facts();
    off();
    at('way').hidden = true;
    at('asked').textContent = words.sending;
    at('progress').removeAttribute('value');
    const paper = at('document') && at('document').files[0];
    const body = {
      challenge: begun.challenge, prompts, camera: told, selfie: selfie ? await base64(selfie) : '',
      frames: await Promise.all(frames.map(async (f) => ({ at: f.at, image: await base64(f.image) }))),
      ...(paper ? { document: await base64(paper) } : {}),
    };
    stopped(run);
    return ask('/answer', body);
  }

  async function go() {
    const run = {};
    running = run;
    document.body.dataset.state = 'running';
    try {
      const paper = at('document') && at('document').files[0];
      if (at('document') && (!paper || paper.size > 12e6)) { tell(paper ? 'document-large' : 'document-missing', true); return; }
      prompt('opening');
      show('live');
      await camera();
      stopped(run);
      const said = await attempt(run);
      tell(said.state === 'again' ? 'again' : 'received', said.state === 'again');
    } catch (error) {
      if (error instanceof Stopped) tell('stopped', true);
      else if (error instanceof Refused) tell(error.status === 409 || error.status === 410 || error.status === 404 ? 'used-up' : error.status === 429 || error.status === 503 ? 'busy' : 'failed', error.status !== 409 && error.status !== 410 && error.status !== 404);
      else if (error.name === 'NotAllowedError' || error.name === 'SecurityError') tell('refused', true);
      else if (['NotFoundError', 'OverconstrainedError'].includes(error.name)) tell('no-camera', true);
      else if (error.name === 'NotReadableError') tell('camera-busy', true);
      else if (error.name === 'AbortError') tell('timed-out', true);
      else tell('failed', true);
    } finally {
      off();
      if (running === run) running = null;
    }
  }

  at('gentle').checked = matchMedia('(prefers-reduced-motion: reduce)').matches;
  at('start').addEventListener('click', () => { if (!running) go(); });
  at('again').addEventListener('click', () => { document.body.dataset.state = 'intro'; show('intro'); });
  at('stop').addEventListener('click', () => { running = null; });
  document.addEventListener('visibilitychange', () => { if (document.hidden && document.body.dataset.state === 'running' && at('live').hidden === false && stream) running = null; });
  document.body.dataset.state = 'intro';
})();
