// Reads reports as those do for whom they are written, and prints what was understood: a finding a line, its parts parted by tabs.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/joshdk/go-junit"
	"github.com/reviewdog/reviewdog/parser"
)

func main() {
	for _, format := range os.Args[1:] {
		report, err := os.ReadFile(format)
		if err == nil && format == "junit" {
			err = readTests(report)
		} else if err == nil {
			err = readFindings(format, report)
		}
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", format, err)
			os.Exit(1)
		}
	}
}

func readFindings(format string, report []byte) error {
	reader, err := parser.New(&parser.Option{FormatName: format})
	if err != nil {
		return err
	}
	findings, err := reader.Parse(bytes.NewReader(report))
	for _, finding := range findings {
		start := finding.GetLocation().GetRange().GetStart()
		message, _, _ := strings.Cut(finding.GetMessage(), "\n")
		place := fmt.Sprintf("%s:%d:%d", finding.GetLocation().GetPath(), start.GetLine(), start.GetColumn())
		show(format, finding.GetCode().GetValue(), place, finding.GetSeverity(), message)
	}
	return err
}

func readTests(report []byte) error {
	suites, err := junit.Ingest(report)
	for _, suite := range suites {
		for _, test := range suite.Tests {
			check, place, _ := strings.Cut(test.Name, " at ")
			show("junit", check, place, test.Status, test.Message)
		}
	}
	return err
}

func show(format, check, place string, severity any, message string) {
	fmt.Printf("%s\t%s\t%s\t%v\t%s\n", format, check, place, severity, message)
}
