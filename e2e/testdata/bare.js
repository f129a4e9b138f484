// A page without htmx: the browser's own EventSource, as docs/wire.md has it.
// It writes what it is sent into #room and its state where htmxrt.js does.
'use strict'
const room = document.getElementById('room')
const source = new EventSource(room.dataset.stream)
const state = name => { document.documentElement.dataset.rtState = name }
source.addEventListener('htmxrt-open', () => state('live'))
source.addEventListener('error', () => state(source.readyState === EventSource.CLOSED ? 'closed' : 'reconnecting'))
source.addEventListener('room', event => room.insertAdjacentHTML('beforeend', event.data))
source.addEventListener('htmxrt-close', () => { source.close(); state('closed') })
