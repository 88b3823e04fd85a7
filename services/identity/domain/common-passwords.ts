/**
 * The most common leaked passwords, in lower case. All have at least eight characters, as shorter ones are
 * refused.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
password password1 password2 password3 password4 password5 password6 password7 password8 password9 password0
password01 password10 password11 password12 password13 password21 password22 password23 password69 password99
password00 password007 password123 password1234 password12345 password123456 password1! password! password!!
password!1 password@1 password@123 password#1 password$1 password. password.1 password? password_1 password-1
password1. password12! password123! password1234! password2019 password2020 password2021 password2022
password2023 password2024 password2025 password2026 passwords passwort passwort1 passwort123 passw0rd
passw0rd1 passw0rd! passw0rd123 p@ssword p@ssword1 p@ssword123 p@ssw0rd p@ssw0rd1 p@ssw0rd! p@ssw0rd123
p@ssw0rd1! p@$$w0rd p@$$word pa$$word pa$$w0rd pa55word pa55w0rd passwordpassword passpass passpass1 passcode
passphrase passport passport1 password1password mypassword mypassword1 mypassword123 mypass123 mypassword!
thepassword newpassword newpassword1 oldpassword nopassword yourpassword userpassword adminpassword
rootpassword testpassword secretpassword defaultpassword temppassword temporary temp1234 temppass changeme
changeme1 changeme! changeme123 changeit changethis changepassword letmein1 letmein12 letmein123 letmein!
letmeinnow letmein2 iloveyou iloveyou1 iloveyou2 iloveyou! iloveyou12 iloveyou123 iloveyou3 iloveyou4
iloveyouso iloveme1 iloveme2 iloveyou22 iloveyou7 ilovehim iloveher ilovejesus ilovegod ilovemymom ilovemom
ilovemyself ilovechris ilovemike ilovejohn ilovemyfamily ilovemusic iloveboys ilovedad ilovelove ilovemydog
loveyou1 loveyou2 loveyou123 loveyou! lovelove lovelove1 loveless lovelife lovebird lovehate loveforever
lovers123 lover123 loverboy loverboy1 lovergirl lovergirl1 lovebug1 loveme123 loveme12 lovely12 lovely123
lovelyme lovehurts lovesucks loveisintheair loveislove 12345678 123456789 1234567890 12345678910 123456789a
123456789q 123456789z 1234567891 12345678900 123456781 1234567a 12345678a 12345678q 12345678z 12345678!
123456789! 12345678@ 123456789@ 1234567890! 1234567899 12345679 123456788 123456987 12345687 12345654321
123454321 1234554321 12344321 123321123 12332112 123123123 123123123a 12312312 1231231234 123123123123
123412341 12341234 123412345 12345123 1234512345 123451234 123456123 123456123456 1234561234 123456123a
1234567812345678 12345677654321 1234567654321 123456654321 12345665 1234566543 12345600 123456000 123456001
12345611 123456111 12345612 12345699 123456999 123456789123 123456789abc 123456789123456789 123456789012
1234567890a 1234567890q 123456789101 12345abc 12345abcd 12345678abc 123456abc 123456ab 123456abcd 123456aa
123456aaa 123456qw 123456qwe 123456qwer 123456qwerty 12345qwe 12345qwer 12345qwert 1234qwer 1234qwerty
1234asdf 1234rewq 123qweasd 123qweasdzxc 123qwe123 123qweqwe 123qwe123qwe 123qwerty 123abc123 123abcabc
1234abcd 1234abc1 1234567q 1234567z 123456as 123456asd 123456za 123456zx 123456zz 1q2w3e4r 1q2w3e4r5t
1q2w3e4r5t6y 1q2w3e4r5 1q2w3e4r1 1q2w3e4r! 1q2w3e4r5t6y7u 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx
1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qaz2wsx! 1qaz!qaz 1qaz@wsx 1qaz1qaz 1qaz0okm 1qazxsw2 1qazxsw23edc 1qazzaq1
1qaz2wsx3 1qazxcvb 1qa2ws3ed 1qa2ws3ed4rf 2wsx3edc 2wsxzaq1 3edc4rfv !qaz2wsx !qaz@wsx zaq12wsx zaq1xsw2
zaq1zaq1 zaq!2wsx zaq!xsw2 zaqwsxcde zaqxswcde zaq123456 zxcvbnm1 zxcvbnm123 zxcvbnm, zxcvbnm,. zxcvbnm,./
zxcvbnmm zxcvbnmz zxcvbnmasdfghjkl zxcvzxcv zxcvasdf zxcv1234 zxczxczxc zxcasdqwe zxcasdqwe123 zxcvb123
zxcvbn123 zxcvbnm0 qwertyui qwertyuio qwertyuiop qwertyuiop1 qwertyuiop123 qwertyuiop[] qwertyuiop[]\\
qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwerty1! qwerty123! qwerty11 qwerty13 qwerty21 qwerty22
qwerty77 qwerty78 qwerty88 qwerty99 qwerty00 qwerty01 qwerty007 qwerty69 qwerty321 qwerty789 qwerty2020
qwertyqwerty qwertyasdf qwertyasdfgh qwertyzxcv qwertyas qwertyu1 qwertyytrewq qwertz123 qwertzui qwertzuiop
qwer1234 qwer12345 qwer4321 qwer1234! qwer123456 qwerqwer qwerasdf qwerasdfzxcv qwerfdsa qwerpoiu qwert123
qwert1234 qwert12345 qwertqwert qwertasdfg qweasdzx qweasdzxc qweasdzxc1 qweasdzxc123 qweasd123 qweasdqwe
qweqweqwe qweqwe123 qweqwe12 qwe123qwe qwe123asd qwe12345 qwe123456 qwe123rty qwaszx12 qwaszx123 qwaszxer
qazwsxed qazwsxedc qazwsxedc1 qazwsxedc123 qazwsxedcrfv qazwsx12 qazwsx123 qazwsx1234 qazxswed qazxswedc
qazxsw123 qazqazqaz qaz123wsx qazxcvbn qazxcdew q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 q1w2e3r4t5y6u7 q1q1q1q1
q1q2q3q4 q12345678 q123456789 q1234567 qq123456 qq123456789 qqww1122 qqqwwweee qwqwqwqw azerty12 azerty123
azertyui azertyuiop azerty1234 azertyazerty asdfghjk asdfghjkl asdfghjkl1 asdfghjkl123 asdfghjkl; asdfghjkl;'
asdfghj1 asdfgh12 asdfgh123 asdfgh1234 asdf1234 asdf12345 asdf4321 asdfasdf asdfasdf1 asdfjkl; asdf;lkj
asdfqwer asdfzxcv asdfg123 asdfg1234 asdfg12345 asdasdasd asdasd123 asdasd12 asd123asd asd12345 asd123456
asdqwe123 asdzxc123 asdfghjklzxcvbnm asasasas asas1212 aassddff aaasssddd poiuytre poiuytrew poiuytrewq
lkjhgfds lkjhgfdsa mnbvcxz1 mnbvcxza mnbvcxzlkjhgfdsa 0987654321 09876543 098765432 987654321 987654321a
9876543210 98765432 987654321q 9876543211 987654123 98769876 87654321 876543210 87654321a 147258369 1472583690
147852369 1478523690 14725836 14789632 147896325 1478963250 147896321 159357159 159753159 15975346 159753456
159753123 159357456 159357258 15935728 159632478 258456258 258369147 321654987 321321321 32165498 3216549870
369258147 36925814 741852963 7418529630 74108520 741852741 789456123 7894561230 78945612 789456789 789789789
78978978 789632145 789654123 7410852963 852456852 85208520 963852741 963258741 951753852 951357456 456456456
456789123 45678912 456123789 654321654 65432100 654321123 654654654 963963963 852852852 741741741 112233445566
11223344 1122334455 112233112233 11221122 1123581321 112211221 111222333 111222333444 11112222
1111222233334444 111122223333 11114444 11122233 12121212 1212121212 121212121 12131415 13131313 1313131313
131313131 14141414 15151515 16161616 17171717 18181818 19191919 20202020 21212121 22112211 22223333 22332233
23232323 24242424 25252525 25802580 26262626 27272727 28282828 30303030 31313131 32323232 33221100 34343434
36363636 40404040 42424242 43214321 44332211 45454545 45645645 50505050 51505150 52525252 54545454 54325432
55667788 56565656 60606060 62626262 64646464 65656565 66668888 67676767 69696969 6969696969 71717171 74747474
75757575 76767676 77778888 77889900 78787878 80808080 81818181 84848484 85858585 86868686 87878787 88889999
89898989 90909090 91919191 95959595 96969696 97979797 98989898 99887766 99998888 10101010 1010101010 101010101
10203040 1020304050 102030405060 10293847 1029384756 10325476 100200300 10002000 10000000 100000000 1000000000
01010101 0101010101 01020304 0102030405 010203040506 01234567 012345678 0123456789 01234567890 0123456789a
01230123 00000001 000000001 00001111 00112233 0011223344 00998877 007007007 0000000a 19841984 19851985
19861986 19871987 19881988 19891989 19901990 19911991 19921992 19931993 19941994 19951995 19961996 19971997
19981998 19991999 20002000 20012001 20022002 20102010 20112011 20122012 20132013 20142014 20152015 20162016
20172017 20182018 20192019 20202021 20212021 20222022 20232023 20242024 20252025 20262026 19801980 19811981
19821982 19831983 19751975 31415926 314159265 3141592654 27182818 24682468 246813579 2468013579 24681012
13572468 135792468 1357924680 13579246 135797531 13579135 135790135 1a2b3c4d 1a2b3c4d5e 1a2s3d4f 1a2s3d4f5g
1a1a1a1a 1z2x3c4v 1z2x3c4v5b 1x2x3x4x 1w2q3r4e 1qw23er4 1q1q1q1q 1q2q3q4q 1q2w3e4r5t! 1w2w3w4w 2w3e4r5t
3e4r5t6y a1b2c3d4 a1b2c3d4e5 a1b2c3d4e5f6 a1s2d3f4 a1s2d3f4g5 a1a2a3a4 a1a1a1a1 a1234567 a12345678 a123456789
a1234567890 a123456a a123123123 a1b1c1d1 aa123456 aa123456789 aa12345678 aa112233 aa123123 aabbccdd aabb1122
aaa12345 aaa123456 aaa111aaa aaaa1111 aaaa1234 aaaabbbb aaaaaaa1 aaaaaa11 aaaaaaaa1 ab123456 ab12345678
ab12cd34 abab1212 abc12345 abc123456 abc1234567 abc12345678 abc123456789 abc123abc abc123abc123 abc123!@#
abc123xyz abc123def abcabc123 abcabcabc abcd1234 abcd12345 abcd123456 abcd4321 abcd1234! abcdabcd abcdefgh
abcdefghi abcdefghij abcdefgh1 abcdefg1 abcdefg12 abcdefg123 abcdefghijk abcdefghijkl abcdefghijklm
abcdefghijklmnop abcdefghijklmnopqrstuvwxyz abcde123 abcde1234 abcde12345 abcdef12 abcdef123 abcdef1234
abcdef123456 abcxyz123 xyz12345 aqwzsxedc zyxwvuts zyxwvutsrqponmlkjihgfedcba administrator administrator1
admin123 admin1234 admin12345 admin123456 admin123! admin1234! admin@123 admin@1234 admin2020 admin2021
admin2022 admin2023 admin2024 admin2025 adminadmin adminadmin1 adminroot adminpass admin!@# admin001 admin111
admin000 administrador superadmin superadmin1 superuser superuser1 sysadmin sysadmin1 rootroot root1234
root12345 root123456 rootpass toortoor user1234 user12345 username username1 useruser testtest testtest1
test1234 test12345 test123456 test123! test1234! testing1 testing12 testing123 testing1234 testuser testuser1
testpass testpass1 testpass123 test@123 testaccount guest123 guest1234 guestguest demo1234 demodemo default1
default123 defaults welcome1 welcome2 welcome3 welcome12 welcome123 welcome1234 welcome1! welcome! welcome@1
welcome@123 welcome01 welcome2020 welcome2021 welcome2022 welcome2023 welcome2024 welcome2025 welcomehome
welcomeback secret12 secret123 secret1234 secret123! secretsecret secrets1 topsecret topsecret1 notsecret
login123 login1234 loginlogin access14 access123 access12 master12 master123 master1234 mastermaster masterkey
masterkey1 mastermind server123 oracle123 mysql123 postgres postgres1 postgres123 postgresql database
database1 database123 letmeinplease opensesame iamthebest iamgreat iamcool1 whatever whatever1 whatever123
whatever! whatever2 whateverr nothing1 nothing123 something something1 anything anything1 everything
everything1 nopass123 noaccess internet internet1 internet123 computer computer1 computer12 computer123
computer! computers laptop123 samsung1 samsung12 samsung123 microsoft microsoft1 windows1 windows7 windows10
windows95 windows98 windowsxp linux123 ubuntu123 android1 android123 iphone12 iphone123 apple123 apple1234
google123 googlecom facebook facebook1 facebook123 facebook12 instagram instagram1 youtube123 twitter1
twitter123 linkedin linkedin1 linkedin123 myspace1 myspace12 myspace123 whatsapp yahoo123 yahoocom hotmail1
hotmail123 gmail123 amazon123 netflix1 netflix123 paypal123 adobe123 photoshop photoshop1 blink182 blink1822
blink182! pokemon1 pokemon12 pokemon123 pokemon1234 pokemon! pikachu1 pikachu123 charizard charizard1
minecraft minecraft1 minecraft12 minecraft123 fortnite fortnite1 fortnite123 roblox123 roblox12 counterstrike
nintendo nintendo1 nintendo64 playstation playstation1 playstation2 playstation3 xbox3600 xbox360360 gamecube
gameover gameover1 gamer123 warcraft warcraft1 warcraft3 starcraft starcraft1 starcraft2 worldofwarcraft
leagueoflegends runescape runescape1 runescape123 starwars starwars1 starwars12 starwars123 starwars77
starwarsfan startrek startrek1 skywalker skywalker1 darthvader yodayoda chewbacca stargate stargate1
stargatesg1 superman superman1 superman12 superman123 superman! supergirl supernova superstar superstar1
superstar123 batman12 batman123 batman1234 batmanbatman spiderman spiderman1 spiderman12 spiderman123 ironman1
ironman123 wolverine wolverine1 deadpool deadpool1 avengers avengers1 xmen1234 harrypotter harrypotter1
hogwarts hermione hermione1 gandalf1 gandalf123 lordoftherings frodo123 elizabeth elizabeth1 elizabeth123
alexander alexander1 alexander123 alexandra alexandra1 alexande alexandr alejandra alejandro alejandro1
alexandre alexande1 alexalex alex1234 alex12345 alex123456 andrew12 andrew123 andrew1234 anderson anderson1
andreas1 andrea123 anthony1 anthony12 anthony123 anthony2 antonio1 antonio123 ashley12 ashley123 ashleigh
austin123 austin12 barbara1 benjamin benjamin1 benjamin123 brandon1 brandon12 brandon123 brandon2 brittany
brittany1 brittany12 carolina carolina1 caroline caroline1 catherine catherine1 charles1 charles123 charlie1
charlie12 charlie123 charlie2 charlie! charlotte charlotte1 charlene chelsea1 chelsea12 chelsea123 chelseafc
christian christian1 christian123 christina christina1 christin christine christine1 christop christopher
christopher1 christophe chris123 chris1234 cristian cristina cristina1 cristiano cristiano7 daniel12 daniel123
daniel1234 daniel01 danielle danielle1 danielle123 david123 david1234 david12345 davidson dominic1 dominique
elizabet fernando fernando1 fernanda fernanda1 francesco francesca francisco francisco1 frederic frederick
friedrich gabriel1 gabriel123 gabriela gabriella gabrielle gabrielle1 giovanni giovanni1 giuseppe gregory1
guillaume guillermo gustavo1 hannah12 hannah123 heather1 isabella isabella1 isabelle isabelle1 jackson1
jackson5 jackson123 jacob123 jacqueline james123 james1234 jamesbond jamesbond007 jasmine1 jasmine12
jasmine123 jason123 jasonjason javier123 jeffrey1 jennifer jennifer1 jennifer12 jennifer123 jeremiah jeremiah1
jessica1 jessica12 jessica123 jessica2 john1234 john12345 johnjohn johnny123 johnson1 johnpaul johncena
johncena1 jonathan jonathan1 jonathan12 jonathan123 jordan12 jordan123 jordan1234 jordan23 jordan2323
joseph123 joseph12 joshua12 joshua123 joshua01 julian123 justin12 justin123 justin1234 justine1 justinbieber
katherine katherine1 kathleen kathryn1 kevin123 kevin1234 kimberly kimberly1 kimberley kristina kristen1
laura123 lauren12 lauren123 leonardo leonardo1 lorenzo1 louis123 madeline madeleine madison1 madison12
madison123 marcus123 margaret margaret1 margarita maria123 mariana1 marianne marie123 marina123 mario123
marshall marshall1 martin123 martina1 matthew1 matthew12 matthew123 matthew2 matthieu maximilian maximus1
melanie1 melissa1 melissa12 melissa123 mercedes mercedes1 michael1 michael12 michael123 michael2 michael3
michael7 michaela michaeljackson michaeljordan michelle michelle1 michelle12 michelle123 michelle2 miguel123
mike1234 mike12345 mitchell mitchell1 mohamed1 mohammad mohammed mohammed1 monica123 monique1 morgan123
muhammad muhammad1 natalia1 natalie1 natasha1 nathan123 nathaniel nathalie nicholas nicholas1 nicholas123
nicolas1 nicole12 nicole123 nicole1234 oliver123 olivia123 olivia12 patricia patricia1 patrick1 patrick12
patrick123 patrizia peter123 phillip1 princess princess1 princess2 princess3 princess7 princess12 princess13
princess123 princess! princesa princesa1 princesita prince123 rachel12 rachel123 raymond1 rebecca1 rebecca123
ricardo1 richard1 richard123 robert12 robert123 robert1234 roberto1 rodrigo1 rosemary samantha samantha1
samantha12 samantha123 sammy123 samuel123 sandra123 santiago santiago1 sarah123 sarah1234 scott123 sebastian
sebastian1 sebastien sergey123 shannon1 sharon123 sophie123 stephanie stephanie1 stephanie123 stephan1
stephen1 stephane steven123 steven12 stewart1 susan123 svetlana tatiana1 theodore thomas12 thomas123
thomas1234 tiffany1 tiffany123 timothy1 timothy123 trinity1 valentin valentina valentina1 valentine valentino
valeria1 vanessa1 vanessa12 vanessa123 veronica veronica1 veronika victor123 victoria victoria1 victoria12
victoria123 vincent1 virginia virginia1 vladimir vladimir1 wilhelm1 william1 william12 william123 williams
williamson yolanda1 zachary1 football football1 football2 football3 football7 football10 football11 football12
football13 football123 football! footballer basketball basketball1 basketball12 basketball23 baseball
baseball1 baseball2 baseball7 baseball10 baseball11 baseball12 baseball123 softball softball1 softball12
volleyball volleyball1 soccer12 soccer123 soccer10 soccer11 soccer13 soccer1234 hockey12 hockey123 lacrosse
lacrosse1 swimming swimming1 skateboard skateboarding skateboard1 skater12 skater123 gymnast1 gymnastics
snowboard snowboard1 snowboarding wrestling wrestling1 badminton cricket1 cricket123 formula1 ferrari1
ferrari123 mustang1 mustang12 mustang123 mustang67 corvette corvette1 chevrolet chevrolet1 chevy123 camaro69
porsche1 porsche9 porsche911 lamborghini lamborghini1 motorola motorola1 motorcycle motocross yamaha123
kawasaki kawasaki1 suzuki123 harley12 harley123 harleydavidson toyota123 corolla1 subaru123 barcelona
barcelona1 barcelona10 barcelona123 fcbarcelona realmadrid realmadrid1 realmadrid7 manchester manchester1
manutd123 manunited liverpool liverpool1 liverpool123 liverpoolfc liverpool8 arsenal1 arsenal12 arsenal123
arsenalfc arsenal14 juventus juventus1 cowboys1 cowboys22 cowboys123 dallas22 steelers steelers1 steelers7
packers1 packers12 patriots patriots1 patriots12 eagles123 raiders1 raiders123 raiders13 redskins redskins1
dolphins dolphins1 lakers24 lakers123 yankees1 yankees2 yankees13 yankees123 redsox123 chicago1 chicago23
newyork1 newyork123 newyorkcity california california1 london123 london12 london2012 brooklyn brooklyn1
hollywood hollywood1 houston1 florida1 australia australia1 america1 america123 american1 england1 germany1
brasil123 mexico123 portugal portugal1 argentina argentina1 colombia colombia1 philippines pakistan pakistan1
pakistan123 india123 indiaindia indonesia bangladesh istanbul istanbul1 galatasaray fenerbahce besiktas
moscow123 sunshine sunshine1 sunshine2 sunshine7 sunshine12 sunshine123 sunshine! sunflower sunflower1
sunlight sunrise1 sunset123 sunnyday rainbow1 rainbow12 rainbow123 rainbows moonlight moonlight1 starlight
starlight1 stardust snowball snowball1 snowflake snowflake1 snowman1 snowwhite winter12 winter123 winter2020
winter2021 winter2022 winter2023 winter2024 winter2025 spring123 spring2020 spring2021 spring2022 spring2023
spring2024 spring2025 summer01 summer05 summer06 summer07 summer08 summer09 summer10 summer11 summer12
summer123 summer1234 summer99 summer2019 summer2020 summer2021 summer2022 summer2023 summer2024 summer2025
summertime autumn123 autumn2020 autumn2021 autumn2022 autumn2023 autumn2024 autumn2025 october1 november
november1 december december1 september september1 february january1 monday123 tuesday1 wednesday thursday
friday13 friday123 saturday saturday1 sunday123 birthday birthday1 birthday2 christmas christmas1 christmas25
halloween halloween1 valentin1 butterfly butterfly1 butterfly12 butterfly2 butterfly7 butterfly123 dolphin1
dolphin12 dolphin123 elephant elephant1 elephant12 dragon12 dragon123 dragon1234 dragon13 dragon88 dragon99
dragonfly dragonfly1 dragonball dragonball1 dragonballz dragons1 monkey12 monkey123 monkey1234 monkey13
monkey11 monkeys1 monkeyboy monkeyman monkeymonkey tigers123 tiger123 tiger1234 tigger12 tigger123 tiggers1
panther1 panthers panthers1 leopard1 cheetah1 chicken1 chicken12 chicken123 chickens penguin1 penguin12
penguin123 penguins rabbit123 bunny123 kitty123 kitty1234 kitten12 kitten123 kittycat kittycat1 hellokitty
hellokitty1 pussycat pussycat1 puppy123 puppies1 doggy123 bulldog1 bulldogs bulldogs1 doberman rottweiler
labrador labrador1 retriever shepherd scorpion scorpion1 scorpio1 spider123 horses123 horse123 wildcats
wildcats1 lionking lionking1 lionheart phoenix1 phoenix12 phoenix123 unicorn1 unicorn123 dinosaur dinosaur1
crocodile alligator chocolate chocolate1 chocolate2 chocolate12 chocolate123 cookie12 cookie123 cookies1
cookies123 cupcake1 cupcake12 cupcake123 cheesecake cheese12 cheese123 pancake1 pizza123 banana12 banana123
bananas1 bubbles1 bubbles12 bubbles123 bubblegum bubblegum1 strawberry strawberry1 blueberry blueberry1
blackberry blackberry1 raspberry cinnamon cinnamon1 peaches1 pumpkin1 pumpkin12 peanut12 peanut123 pepper12
pepper123 pepsi123 cocacola cocacola1 cocacola123 mountaindew budlight budweiser heineken guinness whiskey1
smirnoff tequila1 coffee123 cupcakes candy123 candyman sweetheart sweetheart1 sweetness sweetpea sweetpea1
sweetie1 sweet123 honey123 honeybee sugar123 babygirl babygirl1 babygirl2 babygirl7 babygirl12 babygirl13
babygirl123 babygirl15 babyboy1 babyboy12 babyboy123 babyblue babyface babydoll babydoll1 babylove babybaby
beautiful beautiful1 beautiful2 beautiful123 gorgeous gorgeous1 handsome handsome1 angel123 angel1234
angel12345 angelbaby angelina angelina1 angelica angelica1 angelito angels123 angelangel angeleyes darkangel
darkangel1 blackangel heaven123 heavenly jesus123 jesus1234 jesuschrist jesuschrist1 jesuslovesme jesussaves
jesusislord jesus777 christ123 blessed1 blessing blessing1 godisgood godisgood1 godislove godbless godbless1
faithful faith123 forgiven forever1 forever12 forever123 forever21 foreverlove friends1 friends123
friends4ever friendship friendship1 bestfriend bestfriend1 bestfriends family123 family12 family01 familyfirst
mommy123 mother123 mother12 father123 daddy123 daddysgirl grandma1 grandpa1 daughter sister123 brother1
brothers teamo123 teamomucho mylove123 mybaby123 mybabies mychildren mygirl123 myangel1 mylife123 mydog123
mykids123 happy123 happy1234 happyday happydays happyface happyfeet happyness happiness happiness1 happyhappy
smile123 smiley12 smiley123 laughing lucky123 lucky1234 lucky777 luckyluke luckydog luckyone luckystar
money123 money1234 moneymaker moneyman moneymoney millionaire diamond1 diamond12 diamond123 diamonds diamonds1
goldfish goldfish1 goldstar silver12 silver123 platinum crystal1 crystal123 treasure emerald1 precious
precious1 freedom1 freedom12 freedom123 freedom! liberty1 justice1 peace123 peaceful peacelove destiny1
destiny12 destiny123 serenity serenity1 harmony1 infinity infinity1 eternity paradise paradise1 imagine1
dreamer1 dreams123 dreaming believe1 inspiron universe galaxy123 thunder1 thunder12 thunder123 lightning
lightning1 hurricane tornado1 firefire fireball firebird firefly1 fireman1 firefighter fireworks blackcat
blackjack blackjack1 blackbird blackhawk blacklabel blackout blackrose blackwhite blackstar bluebird bluesky1
blue1234 blue12345 blueeyes blueeyes1 bluemoon greenday greenday1 greenday123 greentea green123 green1234
purple12 purple123 purple13 orange12 orange123 orange11 yellow12 yellow123 yellow11 red12345 redhead1 redrose1
pink1234 pinkfloyd pinkfloyd1 pinkpink brownie1 white123 whitney1 metallica metallica1 metallica123 slipknot
slipknot1 slipknot6 slipknot666 nirvana1 nirvana123 ironmaiden ironmaiden1 megadeth acdc1234 linkinpark
linkinpark1 eminem12 eminem123 tupac123 tupac2pac 50cent50 rockstar rockstar1 rockstar12 rockandroll rocknroll
rocknroll1 rockyou1 rock1234 guitar12 guitar123 guitarist music123 music1234 musical1 musicman musiclover
dancer12 dancer123 dancing1 dancedance drummer1 hiphop123 gangster gangster1 gangsta1 gangsta123 thuglife
thuglife1 players1 playboy1 playboy12 playboy123 playgirl player12 player123 hustler1 soldier1 warrior1
warriors warriors1 ninja123 samurai1 champion champion1 champions champions1 winner12 winner123 number12
number123 numberone number10 onelove1 onlyone1 onlyme123 justme123 justdoit justdoit1 hello123 hello1234
hello12345 hello123! hellohello hellokity helloworld helloworld1 hellothere hello2you goodbye1 goodluck
goodluck1 goodboy1 goodgirl goodlife goodmorning goodnight goodtimes trustno1 trustno1! trustnoone trustme1
trust123 shadow12 shadow123 shadow1234 shadow13 shadows1 hunter12 hunter123 hunter1234 ranger12 ranger123
rangers1 killer12 killer123 killer1234 killer13 killbill assassin assassin1 terminator terminator1 predator
predator1 gladiator gladiator1 matrix123 godfather godfather1 goodfellas scarface scarface1 tonymontana
titanic1 jurassic inception interstellar twilight twilight1 twilight12 twilight123 vampire1 vampires werewolf
edwardcullen buffy123 simpsons simpsons1 southpark southpark1 spongebob spongebob1 spongebob12 spongebob123
patrickstar scoobydoo scoobydoo1 tweety12 tweety123 tweetybird snoopy12 snoopy123 garfield garfield1 mickey12
mickey123 mickeymouse minnie123 minniemouse donaldduck disney123 disneyland tinkerbell tinkerbell1 tinkerbell2
cinderella cinderella1 rapunzel aladdin1 peterpan peterpan1 winnie123 winniethepooh poohbear poohbear1
poohbear2 piglet12 eeyore12 naruto12 naruto123 naruto1234 sasuke12 sasuke123 onepiece onepiece1 deathnote
deathnote1 finalfantasy finalfantasy7 cloud123 sephiroth sephiroth1 kingdomhearts zelda123 pacman123 tetris123
sonic123 mortalkombat helpme123 hacker123 hackers1 anonymous anonymous1 mustbe21 nothing0 ncc1701d ncc1701e
thx11380 dearbook rush2112 bond0007 james007 trustn01 a1s2d3f4g5h6 fuckyou1 fuckyou2 fuckyou! fuckyou123
fuckyou12 fuckyou22 fuckoff1 fuckoff123 fuckfuck fuckthis fuckthis1 fuckthat fucklove fucklove1 asshole1
asshole2 asshole12 asshole123 assholes badass12 badass123 bitch123 bitches1 bullshit bullshit1 shithead
shithead1 bigdaddy bigdaddy1 bigbrother bigmoney hardcore hardcore1 playtime lollipop lollipop1 lollypop
lolololo lol12345 lol123456 lol123lol lollol123 hahahaha hahaha123 hahahahaha hihihihi blahblah blahblah1
blablabla blahblahblah yadayada nicetry1 notagain dontknow idontknow idontknow1 idontcare idunno12 forgetit
forgetme remember remember1 rememberme neveragain nevermind nevermind1 security security1 security123
securepassword protected private1 private123 personal personal1 business business1 company1 company123
office123 manager1 manager123 marketing marketing1 sales123 support1 support123 service1 service123 customer
customer1 engineer engineer1 developer developer1 programmer technology student1 student123 students teacher1
teacher123 school123 college1 university university1 graduate science1 chemistry physics1 mathematics english1
history1 geography biology1 medicine doctor123 hospital nursing1 police123 military marines1 usmarine semperfi
semperfi1 airforce airforce1 army1234 navy1234 airborne airborne1 pilot123 airplane aviation boeing747
spaceman astronaut apollo11 apollo13 columbia columbia1 discovery discovery1 enterprise enterprise1 explorer
explorer1 voyager1 champagne valhalla mythology hercules hercules1 achilles odysseus spartan1 spartan117
spartans spartans1 sparta300 trojans1 olympics pantera1 therock1 undertaker undertaker1 wrestlemania stonecold
stonecold1 hulkhogan triple33 tripleh1 tigerwoods kobe2424 kobebryant kobe1234 lebron23 lebronjames michael45
ronaldo7 ronaldo9 ronaldo123 ronaldinho ronaldinho10 messi123 messi1010 neymar10 neymar123 beckham7 beckham23
maradona maradona10 zidane10 pelepele federer1 schumacher rossi460 valentinorossi46 contraseña contrasena
contrasena1 contraseña1 teamo1234 tequiero tequiero1 tequieromucho teamomuch holahola hola1234 hola12345
estrella estrella1 corazon1 corazon123 mariposa mariposa1 chocolat chocolate! motdepasse motdepasse1 bonjour1
bonjour123 jetaime1 jetaime123 loulou123 doudou123 marseille marseille13 hallo123 hallo1234 hallo12345
hallohallo schatzi1 schatz123 ichliebedich geheim123 sommer123 sommer2020 sommer2023 sommer2024 fussball
fussball1 bayern123 deutschland deutschland1 ciaociao ciao1234 amoremio amoremio1 tiamo123 forzaroma
forzamilan milano123 napoli1926 senha123 senha1234 senha12345 brasil2014 flamengo flamengo1 corinthians
palmeiras saopaulo gfhjkm123 yfnfif123 qwertyu123 ghbdtn123 privet123 zvezda123 spartak1 haslo123 haslo1234
polska123 polska12 wachtwoord wachtwoord1 welkom01 welkom123 welkom1234 lösenord losenord kennwort kennwort1
heslo123 heslo1234 jelszo123 parola123 parola12 sifre123 sifre1234 woaini123 woaini520 woaini1314 5201314520
520131420 woaini1314520 1314520520 a5201314 aini1314 5201314a 123456789qq dearpassword correcthorse
correcthorsebatterystaple
`
    .trim()
    .split(/\s+/),
);
