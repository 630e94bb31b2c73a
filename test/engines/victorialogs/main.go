// VictoriaLogs on loopback: PORT FOLDER [FLAG VALUE]…
// It takes Elasticsearch's bulk API below /insert/elasticsearch and Splunk's HEC below /insert/splunk.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"

	"github.com/VictoriaMetrics/VictoriaLogs/app/vlinsert"
	"github.com/VictoriaMetrics/VictoriaLogs/app/vlinsert/insertutil"
	"github.com/VictoriaMetrics/VictoriaLogs/app/vlselect"
	"github.com/VictoriaMetrics/VictoriaLogs/app/vlstorage"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/httpserver"
	"github.com/VictoriaMetrics/VictoriaMetrics/lib/logger"
)

func main() {
	port, folder := os.Args[1], os.Args[2]
	flags := []string{"-storageDataPath=" + folder + "/data", "-retentionPeriod=100y", "-loggerLevel=WARN"}
	for at := 3; at+1 < len(os.Args); at += 2 {
		flags = append(flags, "-"+os.Args[at]+"="+os.Args[at+1])
	}
	if err := flag.CommandLine.Parse(flags); err != nil {
		log.Fatal(err)
	}
	logger.Init()
	vlstorage.Init()
	vlselect.Init()
	insertutil.SetLogRowsStorage(&vlstorage.Storage{})
	vlinsert.Init()

	addresses := []string{"127.0.0.1:" + port}
	handle := func(w http.ResponseWriter, r *http.Request) bool {
		return vlinsert.RequestHandler(w, r) || vlselect.RequestHandler(w, r) || vlstorage.RequestHandler(w, r)
	}
	// A port that is taken ends the process with a message.
	go httpserver.Serve(addresses, handle, httpserver.ServeOptions{})
	fmt.Println("listening", port)

	ended := make(chan os.Signal, 1)
	signal.Notify(ended, os.Interrupt, syscall.SIGTERM)
	go func() {
		// The pipe on standard input closes when the test that started this program is gone.
		io.Copy(io.Discard, os.Stdin)
		ended <- syscall.SIGTERM
	}()
	<-ended
	httpserver.Stop(addresses)
	vlinsert.Stop()
	vlselect.Stop()
	vlstorage.Stop()
}
