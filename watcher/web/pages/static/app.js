// Pages work without this file. An answer replaces `data-part`, events change `data-live`.
const body = document.body
const { events, root } = body.dataset
const same = { createHTML: text => text }, policy = window.trustedTypes?.createPolicy('page', same) ?? same
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const one = (selector, within = document) => within.querySelector(selector)
const byId = id => document.getElementById(id)
const rows = within => all('[data-rows] > *', within)
const keyOf = row => one('a', row)?.href
const later = (wait, run, timer) => given => { clearTimeout(timer); timer = setTimeout(run, wait, given) }
const on = (type, run) => document.addEventListener(type, run)
body.parentNode.classList.add('js')

// --- Times: in the browser's zone, ages by the daemon's clock.
const zone = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'short' })
let ahead = 0, offset
function setClock({ body: { dataset } }) {
	ahead = Date.parse(dataset.now) - Date.now() || ahead
	offset = dataset.zone ?? offset
}
setClock(document)
function words(seconds) {
	const [size, unit] = [[86400, 'd'], [3600, 'h'], [60, 'min'], [1, 's']].find(([size]) => seconds >= size || size < 2)
	return `${Math.floor(seconds / size)} ${unit}`
}
function showTimes() {
	for (const time of all('time')) {
		if (!time.dateTime) { // in a column
			time.dateTime = time.textContent.replace(' ', 'T') + offset
			time.dataset.ago = ''
		}
		const at = Date.parse(time.dateTime), ago = (Date.now() + ahead - at) / 1000
		const age = Math.abs(ago) < 60 ? 'now' : ago < 0 ? `in ${words(-ago)}` : `${words(ago)} ago`
		time.title = zone.format(at)
		time.textContent = 'ago' in time.dataset ? age : time.title
	}
}

// --- Parts: replaced by an answer; what was typed or ticked stays.
async function ask(address, options) {
	const headers = { Accept: 'text/html', 'X-Root': root }
	const answer = await fetch(address, { ...options, headers })
	const page = new DOMParser().parseFromString(policy.createHTML(await answer.text()), 'text/html')
	if (!answer.ok && !page.getElementById('main')) throw answer // a proxy's
	setClock(page)
	return { answer, page }
}
function swap(page, id, isLive) {
	const old = byId(id), fresh = page.getElementById(id), focused = document.activeElement
	if (!old || !fresh) return
	if (isLive) {
		if (all('input:not([type=checkbox], [type=hidden]), textarea', old).some(i => i.value !== i.defaultValue)) return true
		const ticked = all(':checked', old).map(box => box.name + box.value)
		for (const box of all('[type=checkbox]', fresh)) box.checked = ticked.includes(box.name + box.value)
		const known = rows(old).map(keyOf)
		for (const row of rows(fresh)) row.classList.toggle('new', !known.includes(keyOf(row)))
	}
	for (const { id } of all('details[open][id]', old)) page.getElementById(id)?.setAttribute('open', '')
	const had = old.contains(focused), next = all(focused.tagName, fresh).find(it => mark(it) === mark(focused))
	fresh.again = old.again
	old.replaceWith(fresh)
	prepare(fresh)
	if (had) for (const it of [Object.assign(fresh, { tabIndex: -1 }), next]) it?.focus({ preventScroll: true })
	return true
}
// What its new version shares.
const mark = it => it.id || it.name + it.form?.action + (it.href ?? keyOf(it) ?? it.textContent)
function prepare(fresh) {
	showTimes()
	for (const row of rows()) row.tabIndex = -1
	for (const wait of all('[data-retry]', fresh)) countDown(wait)
}

// --- Failures: above what was typed, or in a file's row.
function fail(page, again, source) {
	const failure = page.getElementById('failure'), place = source?.querySelector('[data-fail]') ?? byId('message')
	if (!failure) return location.reload()
	failure.className = 'card'
	failure.again = again && (() => { failure.remove(); again() })
	place.replaceChildren(failure)
	prepare(failure)
	failure.scrollIntoView()
}
function countDown(wait) {
	const end = Date.now() + wait.dataset.retry * 1000
	const timer = setInterval(() => {
		const left = Math.max(0, Math.ceil((end - Date.now()) / 1000))
		one('b', wait).textContent = words(left)
		if (left && wait.isConnected) return
		clearInterval(timer)
		if (wait.isConnected) one('[data-again]', wait.parentNode)?.click()
	}, 1000)
}

// --- Forms and links.
function send(form, button, part) {
	const address = new URL(button?.getAttribute('formaction') ?? form.action, location)
	const body = new URLSearchParams(new FormData(form, button)), isPost = (button?.formMethod || form.method) === 'post'
	form.isSent = isPost
	for (const { name, value } of all('[type=datetime-local]', form)) if (value) body.set(name, new Date(value).toISOString())
	if (!isPost) address.search = body
	show(form, address, part, isPost ? { method: 'POST', body } : {}, () => send(form, button, part))
}
async function show(source, address, part, options, again) {
	const control = new AbortController(), parts = part.split(' ')
	const mark = isBusy => [source, ...parts.map(byId)].forEach(busy => busy?.setAttribute('aria-busy', isBusy))
	source.running?.abort()
	source.running = control
	mark(true)
	try {
		const { answer, page } = await ask(address, { ...options, signal: control.signal })
		const to = new URL(answer.url), path = location.pathname, isHere = to.pathname === path
		if (!isHere && (answer.redirected || path.startsWith(to.pathname))) return location.assign(to)
		if (!parts.filter(id => swap(page, id)).length) return answer.ok ? location.assign(to) : fail(page, again, source)
		swap(page, 'message')
		countUnseen(page)
		if (source.href) one('[data-focus]', byId(parts[0]))?.focus()
		for (const name of ['done', 'n', 'undo', 'last']) to.searchParams.delete(name) // of the message
		if (isHere) history.replaceState(null, '', to)
	} catch (error) {
		if (error.name === 'AbortError') return
		const page = byId('offline').content.cloneNode(true)
		one(options.method ? '[data-retry]' : '.sent', page).remove()
		fail(page, again, source)
	} finally {
		if (control === source.running) mark(source.isSent = false)
	}
}
let queue = Promise.resolve()
on('submit', event => {
	const { target: form, submitter: button } = event, part = button?.dataset.part ?? form.dataset.part
	const body = new FormData(form), files = body.getAll('picture').filter(file => file.size)
	if (!part) return
	event.preventDefault()
	if (form.isSent) return // a second click
	if (body.has('picture') && !files[0]) return byId('picture').click()
	auto() // ends a try
	if (!files[0]) return send(form, button, part)
	const list = byId(part)
	for (const file of files) addFile(file)
	for (const input of all('[type=file]', form)) input.value = ''
	list.hidden = false
	list.scrollIntoView()
	// Files go one by one. An answer replaces its row.
	function addFile(file, old) {
		const row = byId('waiting').content.firstElementChild.cloneNode(true)
		one('strong', row).textContent = file.name
		row.id = old?.id ?? `scan-${list.tBodies.length + 1}`
		row.again = () => addFile(file, byId(row.id))
		old ? old.replaceWith(row) : list.append(row)
		queue = queue.then(() => {
			body.set('picture', file)
			body.set('row', row.id)
			body.set('of', files.length)
			one('span', row).textContent = 'Looking at it'
			return show(row, form.action, row.id, { method: 'POST', body }, row.again)
		})
	}
})
on('click', event => {
	const { target, ctrlKey, metaKey, shiftKey } = event, link = target.closest('a[data-part]')
	const follow = () => show(link, link.href, link.dataset.part, {}, follow)
	const run = link ? follow : target.closest('[data-again]')?.closest('#failure, tbody')?.again
	if (!run || ctrlKey || metaKey || shiftKey) return
	event.preventDefault()
	run()
})
// Half a second after a key.
const auto = later(500, form => form && !form.isSent && send(form, one('button[data-auto]', form), form.dataset.auto))
on('input', ({ target: { form } }) => form?.dataset.auto && auto(form))

// --- Live: events name what changed. A hidden tab has no stream.
let stream, isDown, isBusy
const changed = new Set()
const lost = isLost => { byId('lost').hidden = !isLost }
const soon = later(250, async () => {
	if (isBusy || !changed.size) return
	const [address, parts] = document.hidden ? [root + 'settings', ['unread']] : [location.href, [...changed]]
	changed.clear()
	isBusy = true
	try {
		const { answer, page } = await ask(address)
		if (answer.ok) {
			for (const id of parts) swap(page, id, true)
			countUnseen(page)
		} else if (answer.status < 500 && !byId('failure')) fail(page, note)
		lost(answer.status > 499)
	} catch { lost(true) }
	setTimeout(() => { isBusy = false; soon() }, 1000)
})
function note({ type, id } = {}) {
	const about = type ? `[data-live~="${type}"], [data-live~="${type}:${id}"]` : '[data-live]'
	for (const part of all(about)) changed.add(part.id)
	soon()
}
function connect() {
	if (!events || document.hidden || stream) return
	stream = new EventSource(events)
	stream.onopen = () => {
		if (isDown || byId('plan') || performance.now() > 1000) note() // missed
		isDown = false
		lost(false)
	}
	stream.onmessage = event => note(JSON.parse(event.data))
	stream.onerror = () => {
		isDown = true
		note()
		if (stream?.readyState === 2) { disconnect(); setTimeout(connect, 20000) }
	}
}
function disconnect() { stream?.close(); stream = undefined }
on('visibilitychange', () => {
	if (document.hidden) return disconnect()
	connect()
	note()
})
// A hidden tab counts alerts.
setInterval(() => document.hidden ? note() : showTimes(), 30000)

function countUnseen(page) {
	document.title = page.title
	swap(page, 'unread')
}

// --- Keys.
const move = step => row => (rows()[rows().indexOf(row) + step] ?? row)?.focus()
const keys = { j: move(1), k: move(-1), x: row => row && one('[type=checkbox]', row)?.click() }
on('keydown', event => {
	const { key, target } = event, row = target.closest('[data-rows] > *')
	if (event.ctrlKey || event.metaKey || event.altKey || target.closest('input:not([type=checkbox]), textarea, select')) return
	if (key === 'Enter' && row === target) return one('a', row)?.click()
	const control = one(`[data-key="${CSS.escape(key)}"]`)
	if (keys[key] || control) event.preventDefault()
	keys[key]?.(row)
	control?.focus()
	control?.click()
})

prepare()
connect()
