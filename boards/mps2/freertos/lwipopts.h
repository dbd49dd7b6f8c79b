/* SPDX-License-Identifier: Apache-2.0
 *
 * lwIP under FreeRTOS, with tcpip_thread and lwIP's own sys_arch (contrib/ports/freertos), for two connections and a few
 * sockets beside them. BOARD_CORE_LOCKING says whether tasks call into the stack under its lock or send messages to
 * its thread.
 */
#ifndef BOARD_FREERTOS_LWIPOPTS_H
#define BOARD_FREERTOS_LWIPOPTS_H

#include <sys/time.h>
#define LWIP_TIMEVAL_PRIVATE 0

#define NO_SYS 0
#define SYS_LIGHTWEIGHT_PROT 1
#define LWIP_TCPIP_CORE_LOCKING BOARD_CORE_LOCKING
#define LWIP_TCPIP_CORE_LOCKING_INPUT 0
#define LWIP_SOCKET 1
#define LWIP_NETCONN 1
#define LWIP_SOCKET_SELECT 1
#define LWIP_SOCKET_POLL 0
#define LWIP_COMPAT_SOCKETS 0
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_PROVIDE_ERRNO 1 /* one variable for all tasks, as many products have it */
#define LWIP_SO_SNDTIMEO 1
#define TCPIP_THREAD_NAME "tcpip"
#define TCPIP_THREAD_STACKSIZE 2048
#define TCPIP_THREAD_PRIO 4
#define TCPIP_MBOX_SIZE 16
#define DEFAULT_TCP_RECVMBOX_SIZE 16
#define DEFAULT_UDP_RECVMBOX_SIZE 4
#define DEFAULT_ACCEPTMBOX_SIZE 1

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_DHCP 1
#define LWIP_DNS 1
#define LWIP_RAW 0
#define LWIP_ACD 0
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_NETIF_LOOPBACK 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define DNS_SERVER_PORT (board_dns_port)
extern unsigned short board_dns_port;

#define MEM_ALIGNMENT 4
#define MEM_SIZE (16 * 1024)
#define MEMP_NUM_NETCONN 6
#define MEMP_NUM_TCP_PCB 8
#define MEMP_NUM_TCP_SEG 24
#define MEMP_NUM_UDP_PCB 4
#define MEMP_NUM_PBUF 16
#define MEMP_NUM_TCPIP_MSG_INPKT 16
#define MEMP_NUM_TCPIP_MSG_API 8
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1) /* the link check is ours */
#define PBUF_POOL_SIZE 24
#define PBUF_POOL_BUFSIZE 608
#define TCP_MSS 1460
#define TCP_WND (3 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define LWIP_STATS 0

#endif
