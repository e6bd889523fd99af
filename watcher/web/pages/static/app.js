// Pages work without this file. With it, `data-part` is replaced by an answer, and `data-live` follows events.
const body = document.body
const { events, root = './', section, now } = body.dataset
const same = { createHTML: text => text }, policy = window.trustedTypes?.createPolicy('page', same) ?? same
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const one = selector => document.querySelector(selector)
const byId = id => document.getElementById(id)
const later = (wait, run, timer) => given => { clearTimeout(timer); timer = setTimeout(run, wait, given) }
body.parentNode.classList.add('js')
const on = (type, run) => document.addEventListener(type, run)

// --- Times: in the browser's zone, ages by the daemon's clock.
const zone = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
const ahead = now ? Date.parse(now) - Date.now() : 0
function words(seconds) {
	const [size, unit] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([size]) => seconds >= size || size < 2)
	return `${Math.floor(seconds / size)} ${unit}`
}
function showTimes(within = document) {
	for (const time of all('time[datetime]', within)) {
		const at = Date.parse(time.dateTime), ago = (Date.now() + ahead - at) / 1000
		const isAgo = 'ago' in time.dataset, text = ago < 0 ? `in ${words(-ago)}` : `${words(ago)} ago`
		time.title = zone.format(at)
		time.textContent = isAgo ? text : time.title
	}
}
setInterval(showTimes, 30000)

// --- Parts: an answer takes their place; what was typed or ticked stays.
async function ask(address, parts, options) {
	const answer = await fetch(address, { ...options, headers: { Accept: 'text/html', 'X-Part': parts.join(' ') } })
	return { answer, page: new DOMParser().parseFromString(policy.createHTML(await answer.text()), 'text/html') }
}
function swap(page, id, isLive) {
	const old = byId(id), fresh = page.getElementById(id), focused = document.activeElement
	if (!old || !fresh) return false
	if (isLive) {
		if (all('input:not([type=checkbox], [type=hidden]), textarea', old).some(i => i.value !== i.defaultValue)) return true
		const ticked = all(':checked', old).map(box => box.name + box.value)
		for (const box of all('[type=checkbox]', fresh)) box.checked = ticked.includes(box.name + box.value)
		for (const row of all('[data-rows] > *', fresh)) row.classList.toggle('new', !byId(row.id))
	}
	for (const one of all('details[open][id]', old)) fresh.querySelector('#' + CSS.escape(one.id))?.setAttribute('open', '')
	const had = old.contains(focused) && focused.id
	old.replaceWith(document.adoptNode(fresh))
	prepare(fresh)
	if (had) byId(had)?.focus({ preventScroll: true })
	return true
}
function prepare(within) {
	showTimes(within)
	for (const row of all('[data-rows] > *', within.parentNode ?? within)) row.tabIndex = -1
	for (const wait of all('[data-retry]', within)) countDown(wait)
}

// --- Failures: a sentence and a countdown above what was typed, which stays.
const retries = new WeakMap()
function fail(page, again) {
	const failure = page.getElementById('failure')
	if (!failure) return location.reload()
	failure.className = 'card'
	retries.set(failure, again)
	byId('message').replaceChildren(document.adoptNode(failure))
	prepare(failure)
	failure.scrollIntoView()
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
	if (!again) return form ? form.submit() : location.reload()
	failure.remove()
	again()
}
function countDown(wait) {
	const end = Date.now() + wait.dataset.retry * 1000
	const timer = setInterval(() => {
		const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
		wait.querySelector('b').textContent = words(left)
		if (!left || !wait.isConnected) clearInterval(timer)
		if (!left && wait.isConnected) tryAgain(wait)
	}, 1000)
}

// --- Forms and links.
const running = new WeakMap()
async function send(form, button, part) {
	const address = new URL(button?.getAttribute('formaction') ?? form.getAttribute('action') ?? '', document.baseURI)
	const isPost = (button?.getAttribute('formmethod') ?? form.getAttribute('method')) === 'post'
	const fields = new URLSearchParams(new FormData(form, button))
	if (!isPost) address.search = fields
	await show(form, address, part, isPost ? { method: 'POST', body: fields } : {}, () => send(form, button, part))
}
async function show(source, address, part, options, again) {
	const control = new AbortController(), parts = part.split(' ')
	const mark = isBusy => [source, ...parts.map(byId)].forEach(one => one?.setAttribute('aria-busy', isBusy))
	running.get(source)?.abort()
	running.set(source, control)
	mark(true)
	try {
		const { answer, page } = await ask(address, parts, { ...options, signal: control.signal })
		const to = new URL(answer.url)
		if (answer.redirected && to.pathname !== location.pathname) return location.assign(to)
		if (!parts.filter(id => swap(page, id)).length) return answer.ok ? location.assign(to) : fail(page, again)
		swap(page, 'message')
		if (!options.method && !source.dataset.auto) history.replaceState(null, '', to)
	} catch (error) {
		if (error.name !== 'AbortError') offline(again, options.method)
	} finally {
		if (running.get(source) === control) mark(false)
	}
}
on('submit', event => {
	const { target: form, submitter: button } = event, part = button?.dataset.part ?? form.dataset.part
	const isRetry = retries.has(form.closest('#failure'))
	if (!isRetry && (!part || form.enctype.startsWith('multipart'))) return
	event.preventDefault()
	isRetry ? tryAgain(form) : send(form, button, part)
})
on('click', event => {
	const { target } = event, link = target.closest('a[data-part], #failure a.button')
	if (target.closest('[data-dialog]')) return byId(target.closest('[data-dialog]').dataset.dialog).showModal()
	if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return
	event.preventDefault()
	link.dataset.part ? show(link, link.href, link.dataset.part, {}, () => link.click()) : tryAgain(link)
})
// A form with `data-auto` is tried half a second after the last key.
const auto = later(500, form => send(form, form.querySelector('button[data-auto]'), form.dataset.auto))
on('input', ({ target: { form } }) => form?.dataset.auto && auto(form))

// --- Live: events name what has changed, and the page asks for it. A hidden tab has no stream.
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
		lost(answer.status > 499)
	} catch { lost(true) }
	setTimeout(() => { isBusy = false; soon() }, 1000)
})
function note({ type, id } = {}) {
	const names = [type, `${type}:${id}`]
	for (const part of all('[data-live]')) {
		if (!type || part.dataset.live.split(' ').some(name => names.includes(name))) changed.add(part.id)
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
function resume() { ticks = 0; connect(); note() }
on('visibilitychange', () => document.hidden ? disconnect() : resume())
addEventListener('pagehide', disconnect)
addEventListener('pageshow', event => event.persisted && resume())
// Without a stream: every 3 s for a minute after attention, then every minute.
setInterval(() => {
	const isMinute = ++ticks % 20 === 0
	if (document.hidden) { if (isMinute) countUnread() } else if (isDown && (ticks < 20 || isMinute)) note()
}, 3000)

// --- Alerts that this browser has not shown yet.
async function countUnread() {
	if (!events) return
	try {
		const answer = await fetch(root + 'api/alerts?limit=20')
		if (!answer.ok) return
		const ids = (await answer.json()).alerts.map(alert => alert.id)
		if (!localStorage.seen || (section === 'Alerts' && !document.hidden)) localStorage.seen = ids[0] ?? '-'
		const found = ids.indexOf(localStorage.seen), count = found < 0 ? ids.length : found
		document.title = (count ? `(${count}) ` : '') + document.title.replace(/^\(\d+\) /, '')
		const link = one('nav [data-section=Alerts]'), shown = link?.querySelector('.count') ?? document.createElement('span')
		shown.className = 'count'
		shown.textContent = count
		shown.hidden = !count
		link?.append(shown)
	} catch { lost(!document.hidden) }
}

// --- Keys.
function move(row, step) {
	const rows = all('[data-rows] > *'), last = rows.length - 1
	rows[row ? Math.min(last, Math.max(0, rows.indexOf(row) + step)) : 0]?.focus()
}
const keys = {
	'?': () => byId('keys')?.showModal(),
	'/': () => one('[data-key="/"]')?.focus(),
	n: () => one('[data-key=n]')?.click(),
	j: row => move(row, 1),
	k: row => move(row, -1),
	x: row => row?.querySelector('[type=checkbox]')?.click(),
}
on('keydown', event => {
	const { key, target } = event, row = target.closest('[data-rows] > *')
	if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input:not([type=checkbox]), textarea, select, dialog')) return
	if (key === 'Enter' && row === target) return row.querySelector('a')?.click()
	if (!keys[key]) return
	event.preventDefault()
	keys[key](row)
})

prepare(body)
connect()
countUnread()
