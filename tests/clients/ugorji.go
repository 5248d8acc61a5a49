// Go's ugorji codec under net/rpc against peernetd: ugorji PORT TOKEN; see README.md for what it prints.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/rpc"
	"os"

	"github.com/ugorji/go/codec"
)

type params = codec.MsgpackSpecRpcMultiArgs

type network struct {
	Pong      bool `codec:"pong"`
	Organizer struct {
		ID   string `codec:"id"`
		Name string `codec:"name"`
	} `codec:"organizer"`
}

// shifted lets msgids begin elsewhere: net/rpc counts them from 0 and has no way to say so.
type shifted struct {
	rpc.ClientCodec
	by uint64
}

func (s shifted) WriteRequest(request *rpc.Request, body interface{}) error {
	wide := *request
	wide.Seq += s.by
	return s.ClientCodec.WriteRequest(&wide, body)
}

func (s shifted) ReadResponseHeader(response *rpc.Response) error {
	err := s.ClientCodec.ReadResponseHeader(response)
	response.Seq -= s.by
	return err
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func tell(what string, value interface{}) {
	line, err := json.Marshal(map[string]interface{}{what: value})
	check(err)
	fmt.Println(string(line))
}

func connect(firstMsgid uint64) *rpc.Client {
	link, err := net.Dial("tcp", "127.0.0.1:"+os.Args[1])
	check(err)
	return rpc.NewClientWithCodec(shifted{codec.MsgpackSpecRpc.ClientCodec(link, &codec.MsgpackHandle{}), firstMsgid})
}

func login(client *rpc.Client) string {
	var hello struct {
		Role string `codec:"role"`
	}
	check(client.Call("hello", params{"ugorji", "string", "en", os.Args[2]}, &hello))
	return hello.Role
}

func pipeline(client *rpc.Client) (good int) {
	var answers [1000]network
	done := make(chan *rpc.Call, len(answers))
	for i := range answers {
		if i%2 == 0 {
			client.Go("ping", params{}, &answers[i], done)
		} else {
			client.Go("network.of", params{"2120000019"}, &answers[i], done)
		}
	}
	for range answers {
		check((<-done).Error)
	}
	for i := range answers {
		if answers[i].Pong == (i%2 == 0) && (answers[i].Organizer.ID == "2120000019") == (i%2 == 1) {
			good++
		}
	}
	return good
}

func main() {
	client := connect(0)
	var answer network
	tell("refused", client.Call("network.of", params{"2120000019"}, &answer).Error())
	tell("login", login(client))
	check(client.Call("network.of", params{"2120000019"}, &answer))
	tell("call", answer.Organizer.Name)
	tell("error", client.Call("network.of", params{"1"}, &answer).Error())
	tell("pipelined", pipeline(client))
	wide := connect(1<<32 - 1001) // the login, and 1,000 calls up to the highest msgid that there is
	login(wide)
	tell("wide", []int{pipeline(wide), 1<<32 - 1})
	check(client.Close())
	check(wide.Close())
}
