# Ruby's neovim client against peernetd: ruby neovim.rb PORT TOKEN; see README.md for what it prints.
require "json"
require "neovim"
require "neovim/event_loop"
require "neovim/session"

port, token = ARGV

def tell(what, value)
  puts JSON.generate({what => value})
  $stdout.flush
end

# What the session raises: it does so for errors of Neovim's form, a list of a code and a text.
def refusal
  yield
  nil
rescue StandardError => e
  e.message
end

# The session waits for each answer; its event loop does not. How many of 1,000 calls were answered well.
def pipeline(loop, first)
  1000.times do |i|
    i.even? ? loop.request(first + i, "ping") : loop.request(first + i, "network.of", "2120000019")
  end
  good = []
  left = 1000
  loop.run do |message|
    at = message.request_id - first
    good << at if at.even? ? message.value["pong"] : message.value["organizer"]["id"] == "2120000019"
    loop.stop if (left -= 1).zero?
  end
  good.uniq.size
end

loop = Neovim::EventLoop.tcp("127.0.0.1", port)
session = Neovim::Session.new(loop)
tell("login", session.request("hello", "neovim", "list", "en", token)["role"])
tell("call", session.request("network.of", "2120000019")["organizer"]["name"])
tell("refused", refusal { session.request("token.list") })
tell("error", refusal { session.request("network.of", "1") })
tell("pipelined", pipeline(loop, 1))
tell("wide", [pipeline(loop, 2**32 - 1000), 2**32 - 1])
session.request_id = 2000
tell("subscribed", session.request("subscribe", "networks")["topics"])
session.run do |message|
  tell("notification", [message.method_name, message.arguments[0]["programme"]])
  session.shutdown
end
