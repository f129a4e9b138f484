package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// packages are those whose names the documents use, by folder.
var packages = []string{"htmxrt", "htmxrt/htmxrttest", "middleware", "components", "static", "brokers/nats", "brokers/redis"}

// names are the declarations of one package: "Hub", "Hub.Send", "Options.Key".
type names map[string]bool

// declared returns what the files of a folder declare for which keep is true.
func declared(t *testing.T, folder string, keep func(file string) bool) names {
	t.Helper()
	list := make(names)
	entries, err := os.ReadDir(filepath.Join(root, filepath.FromSlash(folder)))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".go" || !keep(e.Name()) {
			continue
		}
		path := filepath.Join(root, filepath.FromSlash(folder), e.Name())
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			list.add(decl)
		}
	}
	return list
}

func notTest(file string) bool { return !strings.HasSuffix(file, "_test.go") }

func (n names) add(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			n[d.Name.Name] = true
			return
		}
		n[receiver(d.Recv.List[0].Type)+"."+d.Name.Name] = true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, id := range s.Names {
					n[id.Name] = true
				}
			case *ast.TypeSpec:
				n[s.Name.Name] = true
				n.members(s.Name.Name, s.Type)
			}
		}
	}
}

// members adds the fields of a struct and the methods of an interface.
func (n names) members(of string, expr ast.Expr) {
	var fields *ast.FieldList
	switch x := expr.(type) {
	case *ast.StructType:
		fields = x.Fields
	case *ast.InterfaceType:
		fields = x.Methods
	default:
		return
	}
	for _, f := range fields.List {
		for _, id := range f.Names {
			n[of+"."+id.Name] = true
		}
	}
}

func receiver(expr ast.Expr) string {
	switch x := expr.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}

var (
	inlineCode = regexp.MustCompile("`([^`\n]+)`")
	qualified  = regexp.MustCompile(`\b(htmxrt|htmxrttest|middleware|components|static|nats)\.([A-Z]\w*(?:\.[A-Z]\w*)?)`)
	member     = regexp.MustCompile(`^(Hub|Options|Limits|Window|Client|Session|Broker|Exchange|Config|Stats|Server|Stream|Recorder)\.([A-Z]\w*)`)
)

func TestNamesExist(t *testing.T) {
	have := make(map[string]names)
	all := make(names)
	for _, folder := range packages {
		list := declared(t, folder, notTest)
		have[filepath.Base(folder)] = list
		for name := range list {
			all[name] = true
		}
	}
	for _, path := range documents(t) {
		for _, code := range inlineCode.FindAllStringSubmatch(outsideOfBlocks(read(t, path)), -1) {
			for _, m := range qualified.FindAllStringSubmatch(code[1], -1) {
				if !have[m[1]][m[2]] {
					t.Errorf("%s: `%s`: package %s has no %s", path, code[1], m[1], m[2])
				}
			}
			if m := member.FindString(code[1]); m != "" && !all[m] {
				t.Errorf("%s: `%s`: there is no %s", path, code[1], m)
			}
		}
	}
}

var testName = regexp.MustCompile(`^(Test|Fuzz|Example|Benchmark)[A-Z]\w*$`)

// Documents name the tests that hold a promise.
func TestTestsExist(t *testing.T) {
	tests := make(names)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			tests.add(decl)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range documents(t) {
		for _, code := range inlineCode.FindAllStringSubmatch(read(t, path), -1) {
			if testName.MatchString(code[1]) && !tests[code[1]] {
				t.Errorf("%s: there is no test %s", path, code[1])
			}
		}
	}
}

var (
	mapRow   = regexp.MustCompile("^\\| `([a-z_]+\\.go)` \\| (.*?) \\|")
	mapTitle = regexp.MustCompile("^### `([a-z/]+)/`")
)

// The code map of ARCHITECTURE.md names files, and what each declares.
func TestCodeMapIsTheCode(t *testing.T) {
	folder, rows, listed := "", 0, make(map[string]map[string]bool)
	for line := range strings.Lines(read(t, "ARCHITECTURE.md")) {
		if m := mapTitle.FindStringSubmatch(line); m != nil {
			folder = m[1]
			listed[folder] = make(map[string]bool)
		}
		m := mapRow.FindStringSubmatch(line)
		if m == nil || folder == "" {
			continue
		}
		rows++
		file := m[1]
		listed[folder][file] = true
		have := declared(t, folder, func(name string) bool { return name == file })
		if len(have) == 0 {
			t.Errorf("%s/%s: no such file, or it declares nothing", folder, file)
			continue
		}
		for _, code := range inlineCode.FindAllStringSubmatch(m[2], -1) {
			if !have[code[1]] {
				t.Errorf("%s/%s declares no %s", folder, file, code[1])
			}
		}
	}
	if rows < 30 {
		t.Errorf("found %d rows of the code map", rows)
	}
	for folder, files := range listed {
		for file := range declaredFiles(t, folder) {
			if !files[file] {
				t.Errorf("the code map has no row for %s/%s", folder, file)
			}
		}
	}
}

// declaredFiles returns the files of a folder that the code map has to name.
func declaredFiles(t *testing.T, folder string) map[string]bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, filepath.FromSlash(folder), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	list := make(map[string]bool)
	for _, p := range paths {
		name := filepath.Base(p)
		if notTest(name) && name != "doc.go" && !strings.HasSuffix(name, "_templ.go") {
			list[name] = true
		}
	}
	return list
}

// What a browser is told stands in docs/wire.md: the hub's events and reasons.
func TestWireNamesAllEventsAndReasons(t *testing.T) {
	wire := read(t, "docs/wire.md")
	for _, name := range []string{"control.go", "stream.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, "htmxrt", name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch x := n.(type) {
			case *ast.ImportSpec:
				return false
			case *ast.FuncDecl:
				return name == "control.go" || x.Name.Name == "resetReason"
			case *ast.KeyValueExpr: // reason: "revoked"
				if key, ok := x.Key.(*ast.Ident); ok && key.Name == "reason" {
					wantInWire(t, wire, x.Value)
				}
			case *ast.ValueSpec:
				for _, v := range x.Values {
					wantInWire(t, wire, v)
				}
			case *ast.ReturnStmt:
				for _, v := range x.Results {
					wantInWire(t, wire, v)
				}
			}
			return true
		})
	}
}

func wantInWire(t *testing.T, wire string, expr ast.Expr) {
	t.Helper()
	lit, ok := expr.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return
	}
	word, err := strconv.Unquote(lit.Value)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(wire, "`"+word+"`") {
		t.Errorf("docs/wire.md does not name `%s`", word)
	}
}
