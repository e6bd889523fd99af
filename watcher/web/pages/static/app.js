// Every page works without this file. With it, forms and links with `data-part` replace that part of the page,
// parts with `data-live` follow the events of the daemon, and the keyboard reaches everything.
const html = document.documentElement, body = document.body
const { events, root = './', section, now } = body.dataset
const policy = window.trustedTypes?.createPolicy('page', { createHTML: text => text }) ?? { createHTML: text => text }
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const byId = id => document.getElementById(id)
const later = (wait, run) => { let timer; return (...given) => { clearTimeout(timer); timer = setTimeout(run, wait, ...given) } }
html.classList.add('js')

// --- Times: in the browser's zone, and how long ago by the daemon's clock.
const zone = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
const ahead = now ? Date.parse(now) - Date.now() : 0
function words(seconds) {
  const [size, unit] = [[86400, 'd'], [3600, 'h'], [60, 'min']].find(([size]) => seconds >= size) ?? [1, 's']
  return `${Math.floor(seconds / size)} ${unit}`
}
function showTimes(within = document) {
  for (const time of all('time[datetime]', within)) {
    const at = Date.parse(time.dateTime), ago = (Date.now() + ahead - at) / 1000
    if ('ago' in time.dataset) {
      time.title = zone.format(at)
      time.textContent = ago < 0 ? `in ${words(-ago)}` : `${words(ago)} ago`
    } else {
      time.title = time.dateTime
      time.textContent = zone.format(at)
    }
  }
}
setInterval(showTimes, 30000)

// --- Parts: what the daemon answers takes the place of what is there; what was typed or ticked stays.
async function ask(address, parts, options = {}) {
  const headers = { Accept: 'text/html', 'X-Part': parts.join(' ') }
  const answer = await fetch(address, { ...options, headers })
  const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), 'text/html')
  return { answer, page }
}
function swap(page, id, isLive) {
  const old = byId(id), fresh = page.getElementById(id), focused = document.activeElement
  if (!old || !fresh) return false
  const typed = all('input:not([type=checkbox]):not([type=hidden]), textarea', old).some(i => i.value !== i.defaultValue)
  if (isLive && typed) return true
  for (const box of all(':checked[name]', old)) {
    const same = all('[type=checkbox]', fresh).find(b => b.name === box.name && b.value === box.value)
    if (same && isLive) same.checked = true
  }
  for (const open of all('details[open][id]', old)) fresh.querySelector('#' + CSS.escape(open.id))?.setAttribute('open', '')
  if (isLive) for (const one of all('tr[id], li[id]', fresh)) if (!byId(one.id)) one.classList.add('new')
  const had = old.contains(focused) && focused.id
  old.replaceWith(document.adoptNode(fresh))
  if (had) byId(had)?.focus({ preventScroll: true })
  prepare(fresh)
  return true
}
function prepare(within) {
  showTimes(within)
  for (const row of all('[data-rows] > *', within.parentNode ?? within)) row.tabIndex = -1
  for (const wait of all('[data-retry]', within)) countDown(wait)
}

// --- Failures: the daemon's sentence and its countdown, above what was typed, which stays.
const retries = new WeakMap()
function fail(page, again) {
  const failure = page.getElementById('failure')
  if (!failure) return location.reload()
  failure.className = 'card failure'
  retries.set(failure, again)
  byId('message').replaceChildren(document.adoptNode(failure))
  prepare(failure)
  failure.scrollIntoView({ block: 'nearest' })
}
function offline(again, isPost) {
  const page = new Document()
  page.append(byId('offline').content.firstElementChild.cloneNode(true))
  if (isPost) page.querySelector('[data-retry]').remove() // it may have arrived
  fail(page, again)
}
function tryAgain(within) {
  if (within.dataset.form) return auto(byId(within.dataset.form))
  const failure = within.closest('#failure'), again = retries.get(failure), form = failure?.querySelector('form')
  if (again) { failure.remove(); again() } else if (form) form.submit()
  else location.reload()
}
function countDown(wait) {
  const end = Date.now() + wait.dataset.retry * 1000, shown = wait.querySelector('b')
  const timer = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
    if (shown) shown.textContent = words(left)
    if (left && wait.isConnected) return
    clearInterval(timer)
    if (wait.isConnected) tryAgain(wait)
  }, 1000)
}

// --- Forms and links.
const running = new Map()
async function send(form, button, part) {
  const address = new URL(button?.getAttribute('formaction') ?? form.getAttribute('action') ?? '', document.baseURI)
  const isPost = (button?.getAttribute('formmethod') ?? form.getAttribute('method'))?.toLowerCase() === 'post'
  const fields = new URLSearchParams(new FormData(form, button))
  if (!isPost) address.search = fields
  await show(form, address, part, isPost ? { method: 'POST', body: fields } : {}, () => send(form, button, part))
}
async function show(source, address, part, options, again) {
  running.get(source)?.abort()
  const control = new AbortController(), target = byId(part)
  running.set(source, control)
  for (const one of [source, target]) one?.setAttribute('aria-busy', 'true')
  try {
    const { answer, page } = await ask(address, part.split(' '), { ...options, signal: control.signal })
    const to = new URL(answer.url)
    if (answer.redirected && to.pathname !== location.pathname) return location.assign(to)
    const found = part.split(' ').filter(id => swap(page, id))
    if (!found.length) return answer.ok ? location.assign(to) : fail(page, again)
    swap(page, 'message')
    if (!options.method && !source.dataset.auto) history.replaceState(null, '', to)
  } catch (error) {
    if (error.name !== 'AbortError') offline(again, options.method)
  } finally {
    if (running.get(source) === control) running.delete(source)
    if (!running.has(source)) for (const one of [source, byId(part)]) one?.removeAttribute('aria-busy')
  }
}
document.addEventListener('submit', event => {
  const form = event.target, button = event.submitter, part = button?.dataset.part ?? form.dataset.part
  if (retries.has(form.closest('#failure'))) { event.preventDefault(); return tryAgain(form) }
  if (!part || form.enctype.startsWith('multipart')) return
  event.preventDefault()
  send(form, button, part)
})
document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-part]'), dialog = event.target.closest?.('[data-dialog]')
  if (dialog) return byId(dialog.dataset.dialog)?.showModal()
  if (event.target.matches?.('#failure a.button')) { event.preventDefault(); return tryAgain(event.target) }
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
  event.preventDefault()
  show(link, link.href, link.dataset.part, {}, () => link.click())
})
// A form with `data-auto` is tried half a second after the last key, by its button with that name.
const auto = later(500, form => send(form, form.querySelector('button[data-auto]'), form.dataset.auto))
document.addEventListener('input', ({ target }) => {
  if (target.form?.dataset.auto) auto(target.form)
  if (target.dataset.all) for (const box of all(`[name="${CSS.escape(target.dataset.all)}"]`)) box.checked = target.checked
})

// --- Live: events name what has changed, and the page asks for those parts. A hidden tab has no stream.
let stream, isDown = false, isBusy = false, ticks = 0
const changed = new Set()
const lost = isLost => { const bar = byId('lost'); if (bar) bar.hidden = !isLost }
const soon = later(250, async () => {
  if (isBusy || document.hidden || !changed.size) return
  const parts = [...changed].filter(id => ![...changed].some(other => other !== id && byId(other)?.contains(byId(id))))
  changed.clear()
  isBusy = true
  try {
    const { answer, page } = await ask(location.href, parts)
    if (answer.status === 401) fail(page, () => location.reload())
    if (answer.ok) for (const id of parts) swap(page, id, true)
    lost(!answer.ok)
  } catch { lost(true) }
  setTimeout(() => { isBusy = false; soon() }, 1000)
})
function note({ type, id } = {}) {
  for (const part of all('[data-live]')) {
    if (!type || part.dataset.live.split(' ').some(word => word === type || word === `${type}:${id}`)) changed.add(part.id)
  }
  soon()
  if (!type || type === 'alert') countUnread()
}
function connect() {
  if (!events || document.hidden || stream) return
  stream = new EventSource(events)
  stream.onopen = () => { if (isDown) note(); isDown = false; lost(false) }
  stream.onmessage = event => note(JSON.parse(event.data))
  stream.onerror = () => {
    isDown = true
    if (stream?.readyState === 2) { stream = undefined; setTimeout(connect, 20000) }
  }
}
function disconnect() { stream?.close(); stream = undefined }
document.addEventListener('visibilitychange', () => {
  if (document.hidden) return disconnect()
  ticks = 0
  connect()
  note()
})
addEventListener('pagehide', disconnect)
addEventListener('pageshow', event => { if (event.persisted) { connect(); note() } })
// Without a stream the page asks: every 3 s for a minute after it was shown, then every minute.
setInterval(() => {
  const isMinute = ++ticks % 20 === 0
  if (document.hidden) { if (isMinute) countUnread() } else if (isDown && (ticks < 20 || isMinute)) note()
}, 3000)

// --- Alerts that this browser has not shown yet, in the title and the navigation.
async function countUnread() {
  if (!events) return
  try {
    const answer = await fetch(root + 'api/alerts?limit=20')
    if (!answer.ok) return
    const { alerts } = await answer.json(), key = 'seen-alert'
    if (localStorage.getItem(key) === null || (section === 'Alerts' && !document.hidden)) localStorage.setItem(key, alerts[0]?.id ?? '')
    const first = alerts.findIndex(alert => alert.id === localStorage.getItem(key)), count = first < 0 ? alerts.length : first
    const link = document.querySelector('nav [data-section=Alerts]'), title = document.title.replace(/^\(\d+\) /, '')
    document.title = count ? `(${count}) ${title}` : title
    link?.querySelector('.count')?.remove()
    if (count && link) link.append(Object.assign(document.createElement('span'), { className: 'count', textContent: count, title: 'new' }))
  } catch { lost(!document.hidden) }
}

// --- Keys: / searches, n adds, j and k move, x ticks, ? explains.
document.addEventListener('keydown', event => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input:not([type=checkbox]), textarea, select, dialog')) return
  const rows = all('[data-rows] > *'), row = target.closest('[data-rows] > *')
  if (key === '?') byId('keys')?.showModal()
  else if (key === '/') document.querySelector('[data-key="/"]')?.focus()
  else if (key === 'n') document.querySelector('[data-key="n"]')?.click()
  else if ('jk'.includes(key)) rows.at(row ? Math.min(rows.length - 1, Math.max(0, rows.indexOf(row) + (key === 'j' ? 1 : -1))) : 0)?.focus()
  else if (key === 'x' && row) row.querySelector('[type=checkbox]')?.click()
  else if (key === 'Enter' && row === target) row.querySelector('a')?.click()
  else return
  event.preventDefault()
})

prepare(body)
connect()
countUnread()
