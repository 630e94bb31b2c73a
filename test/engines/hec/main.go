// A Splunk HTTP Event Collector on loopback: the OpenTelemetry Collector's receiver with acknowledgements, which writes what
// it took to received.json: PORT FOLDER [SETTING VALUE]…, where a setting is a path into its configuration,
// as receivers::splunk_hec::max_request_body_size, and its value is YAML.
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/open-telemetry/opentelemetry-collector-contrib/exporter/fileexporter"
	"github.com/open-telemetry/opentelemetry-collector-contrib/extension/ackextension"
	"github.com/open-telemetry/opentelemetry-collector-contrib/receiver/splunkhecreceiver"
	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/exporter"
	"go.opentelemetry.io/collector/extension"
	"go.opentelemetry.io/collector/otelcol"
	"go.opentelemetry.io/collector/receiver"
)

func must[T any](value T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return value
}

// arguments is the configuration provider of the command line.
type arguments struct{}

func (arguments) Scheme() string                 { return "arguments" }
func (arguments) Shutdown(context.Context) error { return nil }

func (arguments) Retrieve(context.Context, string, confmap.WatcherFunc) (*confmap.Retrieved, error) {
	config := map[string]any{
		"receivers::splunk_hec::endpoint":       "127.0.0.1:" + os.Args[1],
		"receivers::splunk_hec::ack::extension": "ack",
		"extensions::ack":                       nil,
		"exporters::file::path":                 filepath.Join(os.Args[2], "received.json"),
		"exporters::file::flush_interval":       "50ms",
		// What a collector that was killed had written stays.
		"exporters::file::append":             true,
		"service::telemetry::metrics::level":  "none",
		"service::extensions":                 []any{"ack"},
		"service::pipelines::logs::receivers": []any{"splunk_hec"},
		"service::pipelines::logs::exporters": []any{"file"},
	}
	for i := 3; i+1 < len(os.Args); i += 2 {
		value, err := confmap.NewRetrievedFromYAML([]byte(os.Args[i+1]))
		if err != nil {
			return nil, err
		}
		if config[os.Args[i]], err = value.AsRaw(); err != nil {
			return nil, err
		}
	}
	return confmap.NewRetrieved(confmap.NewFromStringMap(config).ToStringMap())
}

func main() {
	collector := must(otelcol.NewCollector(otelcol.CollectorSettings{
		BuildInfo: component.BuildInfo{Command: "hec-engine", Version: "1"},
		Factories: func() (otelcol.Factories, error) {
			return otelcol.Factories{
				Receivers:  must(receiver.MakeFactoryMap(splunkhecreceiver.NewFactory())),
				Exporters:  must(exporter.MakeFactoryMap(fileexporter.NewFactory())),
				Extensions: must(extension.MakeFactoryMap(ackextension.NewFactory())),
			}, nil
		},
		ConfigProviderSettings: otelcol.ConfigProviderSettings{ResolverSettings: confmap.ResolverSettings{
			URIs: []string{"arguments:"},
			ProviderFactories: []confmap.ProviderFactory{confmap.NewProviderFactory(
				func(confmap.ProviderSettings) confmap.Provider { return arguments{} },
			)},
		}},
	}))
	go func() {
		for collector.GetState() != otelcol.StateRunning {
			time.Sleep(10 * time.Millisecond)
		}
		fmt.Println("listening", os.Args[1])
		// The pipe on standard input closes when the test that started this program is gone.
		io.Copy(io.Discard, os.Stdin)
		collector.Shutdown()
	}()
	if err := collector.Run(context.Background()); err != nil {
		log.Fatal(err)
	}
}
