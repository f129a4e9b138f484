// Reads an event stream from standard input with eventsource-parser and prints
// each event as a line of JSON. The last event id is kept as EventSource keeps
// it (WHATWG HTML, section 9.2.6), since the parser reports an event's own only.
import {createParser} from 'eventsource-parser'

let lastID = ''
const parser = createParser({
  onEvent({id, event = '', data}) {
    if (id !== undefined) lastID = id
    process.stdout.write(JSON.stringify({id: lastID, event, data}) + '\n')
  },
  onError(error) {
    console.error(error.message)
    process.exitCode = 1
  },
})

process.stdin.setEncoding('utf8')
for await (const chunk of process.stdin) parser.feed(chunk)
