// Package components holds the templ components of a live page: the scripts in
// its head, the one Stream that connects it, the regions that show what is
// sent, and the components that send what a page renders.
//
//	<head>@components.Scripts(static.Htmx2)</head>
//	<body>
//		@components.Stream("room:42") {
//			@components.Region("room:42", "beforeend") {
//				… what is there already …
//			}
//		}
//	</body>
//
// Their markup is the same for htmx 2 and htmx 4. It has no inline script and
// no inline style, so that a page may forbid both.
package components
